import threading
import time

lock = threading.Lock()


def work(number):
    with lock:
        time.sleep(0.001)
        print(number, end=" ")


def main():
    threads = [threading.Thread(target=work, args=(1,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("end")


main()
