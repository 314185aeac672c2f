import time


def main():
    try:
        time.sleep(0.001)
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        print("stopped")


main()
