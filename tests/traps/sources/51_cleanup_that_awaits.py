import threading
import time


def poll():
    try:
        while True:
            time.sleep(0.001)
    finally:
        time.sleep(0.001)


def main():
    threading.Thread(target=poll, daemon=True).start()
    time.sleep(0.01)
    print("end")


main()
