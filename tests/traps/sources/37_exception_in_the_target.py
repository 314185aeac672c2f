import threading
import time


def report(args):
    print("failed", args.exc_value)


def work():
    time.sleep(0.001)
    raise ValueError("broken")


def main():
    threading.excepthook = report
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    print("goes on")


main()
