import threading
import time


def work():
    time.sleep(0.05)
    print("worked")


def main():
    thread = threading.Thread(target=work)
    thread.start()
    thread.join(0.001)
    print(thread.is_alive())
    thread.join()
    print(thread.is_alive())


main()
