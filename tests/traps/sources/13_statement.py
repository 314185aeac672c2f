import time


def pause():
    time.sleep(0.001)
    print("paused")


def twice():
    pause()
    pause()


def main():
    twice()
    print("end")


main()
