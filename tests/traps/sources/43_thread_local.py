import threading
import time

local = threading.local()


def work(number, found):
    local.number = number
    time.sleep(0.001)
    found.append(local.number)


def main():
    found = []
    threads = [threading.Thread(target=work, args=(n, found)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sorted(found))


main()
