import threading
import time


def main():
    condition = threading.Condition()
    with condition:
        print(condition.wait(0.001))
        print(condition.wait_for(lambda: False, timeout=0.001))
        condition.notify_all()
    time.sleep(0.001)
    print("end")


main()
