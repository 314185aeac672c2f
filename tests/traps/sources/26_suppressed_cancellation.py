import contextlib
import threading
import time


def poll():
    while True:
        with contextlib.suppress(BaseException):
            time.sleep(0.001)


def main():
    threading.Thread(target=poll, daemon=True).start()
    time.sleep(0.01)
    print("end")


main()
