import threading
import time


def poll():
    while True:
        try:
            time.sleep(0.001)
            raise OSError
        except:
            continue


def main():
    threading.Thread(target=poll, daemon=True).start()
    time.sleep(0.01)
    print("end")


main()
