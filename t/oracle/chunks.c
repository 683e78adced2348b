
/*
 * chunks LIST STEP...: every document gives the same page, fed whole and in
 * pieces of STEP bytes.  Prints those that do not, and the CPU time of each
 * step.
 */


#include <stdio.h>
#include <stdlib.h>

#include "driver.h"


int
main(int argc, char *argv[])
{
    int             i, failed;
    size_t          n, step;
    double          start;
    json_t        **whole, *page;
    driver_list_t   list;

    if (argc < 3) {
        fprintf(stderr, "usage: chunks LIST STEP...\n");
        return 2;
    }

    urlmeta_init();
    driver_load(&list, argv[1]);

    failed = 0;
    whole = malloc(list.ndocs * sizeof(json_t *));

    if (whole == NULL) {
        return 2;
    }

    start = driver_cpu();

    for (n = 0; n < list.ndocs; n++) {
        whole[n] = driver_page(&list.docs[n], 1, 0);
    }

    printf("whole: %zu pages, %.2f s\n", list.ndocs, driver_cpu() - start);

    for (i = 2; i < argc; i++) {
        step = strtoul(argv[i], NULL, 10);
        start = driver_cpu();

        for (n = 0; n < list.ndocs; n++) {
            page = driver_page(&list.docs[n], 1, step);

            if (!json_equal(page, whole[n])) {
                printf("differs: %s in pieces of %zu\n", list.docs[n].name,
                       step);
                failed = 1;
            }

            json_decref(page);
        }

        printf("pieces of %zu: %zu pages, %.2f s\n", step, list.ndocs,
               driver_cpu() - start);
    }

    for (n = 0; n < list.ndocs; n++) {
        json_decref(whole[n]);
    }

    free(whole);
    driver_unload(&list);

    return failed;
}
