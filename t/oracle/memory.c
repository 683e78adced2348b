
/*
 * memory LIST COUNT: COUNT documents in one process, the list again and again,
 * each to its card.  After every round the memory that is in use has to be
 * what it was after the first; prints it, and what the process holds.
 */


#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"


static void card(driver_doc_t *doc);
static size_t in_use(void);
static size_t resident(void);


static void
card(driver_doc_t *doc)
{
    int                details;
    size_t             i, n;
    urlmeta_buf_t      out, html;
    urlmeta_reader_t  *rd;

    for (details = 0; details < 2; details++) {
        rd = driver_reader(doc, details);

        for (i = 0; i < doc->len; i += n) {
            n = doc->len - i;

            if (n > DRIVER_SLICE) {
                n = DRIVER_SLICE;
            }

            if (urlmeta_reader_feed(rd, doc->data + i, n) != URLMETA_OK) {
                break;
            }
        }

        memset(&out, 0, sizeof(urlmeta_buf_t));
        memset(&html, 0, sizeof(urlmeta_buf_t));

        driver_card(rd, doc, &out);

        if (urlmeta_format_card(URLMETA_FORMAT_HTML, out.data, out.len, &html)
            != URLMETA_OK)
        {
            fprintf(stderr, "%s: no HTML\n", doc->name);
            exit(2);
        }

        urlmeta_buf_free(&html);
        urlmeta_buf_free(&out);
        urlmeta_reader_destroy(rd);
    }
}


static size_t
in_use(void)
{
    struct mallinfo2  info;

    info = mallinfo2();

    return info.uordblks + info.hblkhd;
}


static size_t
resident(void)
{
    FILE           *file;
    unsigned long   size, pages;

    pages = 0;
    file = fopen("/proc/self/statm", "r");

    if (file) {
        if (fscanf(file, "%lu %lu", &size, &pages) != 2) {
            pages = 0;
        }

        fclose(file);
    }

    return pages * sysconf(_SC_PAGESIZE);
}


int
main(int argc, char *argv[])
{
    size_t         i, count, round, first, first_rss, used;
    driver_list_t  list;

    if (argc != 3) {
        fprintf(stderr, "usage: memory LIST COUNT\n");
        return 2;
    }

    urlmeta_init();
    driver_load(&list, argv[1]);

    count = strtoul(argv[2], NULL, 10);
    round = 0;
    first = 0;
    first_rss = 0;
    used = 0;

    for (i = 0; i < count || round < 2; i++) {
        card(&list.docs[i % list.ndocs]);

        if ((i + 1) % list.ndocs) {
            continue;
        }

        used = in_use();
        round++;

        if (round == 1) {
            first = used;
            first_rss = resident();
        }

        printf("%zu pages: %zu KB in use, %zu KB resident\n", i + 1,
               used / 1024, resident() / 1024);
    }

    printf("grown: %zd bytes in use, %zd KB resident\n",
           (ssize_t) (used - first),
           (ssize_t) (resident() - first_rss) / 1024);

    driver_unload(&list);

    return 0;
}
