import time
from concurrent.futures import ThreadPoolExecutor

running = []
most = []


def work(number):
    running.append(number)
    most.append(len(running))
    time.sleep(0.005)
    running.remove(number)
    return number


def main():
    with ThreadPoolExecutor(max_workers=2) as pool:
        print(list(pool.map(work, range(6))))
    print(max(most) <= 2)


main()
