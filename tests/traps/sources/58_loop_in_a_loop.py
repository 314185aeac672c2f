import time


def pause():
    time.sleep(0.001)
    return 1


def helper():
    return pause() + pause()


def main():
    print(helper())


if __name__ == "__main__":
    pause()
    main()
