import time


def main():
    time.sleep(0.001)
    print("main")


if __name__ == "__main__":
    print("first")
    main()
    time.sleep(0.001)
    print("last")
