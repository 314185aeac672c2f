import sys
import threading
import time


def work():
    time.sleep(0.001)
    sys.exit(3)


def main():
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    print("goes on")


main()
