
/*
 * cost LIST [ROUNDS]: what a document costs, fed in slices of 16 KB: CPU time
 * of all of it, of its slowest slice and of its end (the card and its JSON),
 * and the memory that it took.
 *
 * Each has a process of its own, whose peak is compared with the one of an
 * empty document.  The time of a slice is the least of all rounds, since what
 * else the machine does can only add to it.  One line for each: name, bytes,
 * total, slowest slice, end (microseconds), memory (bytes), slices over 1 ms.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver.h"


typedef struct {
    double   total;
    double   slowest;
    double   end;
    size_t   memory;
    size_t   over;          /* slices of more than 1 ms */
} cost_t;


static int measure(driver_doc_t *doc, size_t rounds, cost_t *cost);
static void slices(driver_doc_t *doc, double *times, size_t count);
static int in_child(driver_doc_t *doc, size_t rounds, cost_t *cost);


/* times: those of the slices, then that of the end */

static void
slices(driver_doc_t *doc, double *times, size_t count)
{
    int                rc;
    size_t             i, n;
    double             start, spent;
    urlmeta_buf_t      out;
    urlmeta_reader_t  *rd;

    memset(&out, 0, sizeof(urlmeta_buf_t));

    rd = driver_reader(doc, 0);

    for (i = 0; i + 1 < count; i++) {
        n = doc->len - i * DRIVER_SLICE;

        if (n > DRIVER_SLICE) {
            n = DRIVER_SLICE;
        }

        start = driver_cpu();
        rc = urlmeta_reader_feed(rd, doc->data + i * DRIVER_SLICE, n);
        spent = driver_cpu() - start;

        if (spent < times[i]) {
            times[i] = spent;
        }

        if (rc != URLMETA_OK) {

            /* the rest is not read */

            for (i++; i + 1 < count; i++) {
                times[i] = 0;
            }

            break;
        }
    }

    start = driver_cpu();

    driver_card(rd, doc, &out);
    urlmeta_reader_destroy(rd);

    spent = driver_cpu() - start;

    if (spent < times[count - 1]) {
        times[count - 1] = spent;
    }

    urlmeta_buf_free(&out);
}


static int
measure(driver_doc_t *doc, size_t rounds, cost_t *cost)
{
    size_t   i, count;
    double  *times;

    count = (doc->len + DRIVER_SLICE - 1) / DRIVER_SLICE + 1;
    times = malloc(count * sizeof(double));

    if (times == NULL) {
        return 0;
    }

    for (i = 0; i < count; i++) {
        times[i] = 1e9;
    }

    while (rounds--) {
        slices(doc, times, count);
    }

    memset(cost, 0, sizeof(cost_t));

    for (i = 0; i < count; i++) {
        cost->total += times[i];

        if (i + 1 < count) {

            if (times[i] > cost->slowest) {
                cost->slowest = times[i];
            }

            cost->over += (times[i] > 1e-3);
        }
    }

    cost->end = times[count - 1];
    free(times);

    return 1;
}


static int
in_child(driver_doc_t *doc, size_t rounds, cost_t *cost)
{
    int            fds[2], status;
    pid_t          pid;
    ssize_t        n;
    struct rusage  usage;

    if (pipe(fds) != 0) {
        return 0;
    }

    pid = fork();

    if (pid == 0) {

        n = measure(doc, rounds, cost)
            ? write(fds[1], cost, sizeof(cost_t)) : 0;

        _exit(n == sizeof(cost_t) ? 0 : 1);
    }

    close(fds[1]);

    n = read(fds[0], cost, sizeof(cost_t));
    close(fds[0]);

    if (pid == -1 || n != sizeof(cost_t)
        || wait4(pid, &status, 0, &usage) != pid || status != 0)
    {
        return 0;
    }

    cost->memory = (size_t) usage.ru_maxrss * 1024;

    return 1;
}


int
main(int argc, char *argv[])
{
    size_t          i, rounds;
    cost_t          cost, empty;
    driver_doc_t    nothing, *doc;
    driver_list_t   list;

    if (argc < 2) {
        fprintf(stderr, "usage: cost LIST [ROUNDS]\n");
        return 2;
    }

    rounds = (argc > 2) ? strtoul(argv[2], NULL, 10) : 3;

    urlmeta_init();
    driver_load(&list, argv[1]);

    memset(&nothing, 0, sizeof(driver_doc_t));

    nothing.name = "nothing";
    nothing.url = "https://example.com/";
    nothing.type = "text/html";
    nothing.data = "<title>Nothing</title>";
    nothing.len = strlen(nothing.data);

    for (i = 0; i < list.ndocs; i++) {
        doc = &list.docs[i];
        fflush(stdout);

        if (!in_child(&nothing, 1, &empty) || !in_child(doc, rounds, &cost)) {
            printf("failed: %s\n", doc->name);
            continue;
        }

        printf("%s\t%zu\t%.0f\t%.0f\t%.0f\t%zd\t%zu\n", doc->name,
               doc->len, cost.total * 1e6, cost.slowest * 1e6, cost.end * 1e6,
               (ssize_t) (cost.memory - empty.memory), cost.over);
    }

    driver_unload(&list);

    return 0;
}
