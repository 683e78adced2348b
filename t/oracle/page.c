
/*
 * page LIST: of each document the page and the card, both with details, as
 * one JSON object a line.
 */


#include <stdio.h>
#include <string.h>

#include "driver.h"


int
main(int argc, char *argv[])
{
    size_t             i;
    json_t            *page;
    driver_doc_t      *doc;
    driver_list_t      list;
    urlmeta_buf_t      card;
    urlmeta_reader_t  *rd;

    if (argc != 2) {
        fprintf(stderr, "usage: page LIST\n");
        return 2;
    }

    urlmeta_init();
    driver_load(&list, argv[1]);

    for (i = 0; i < list.ndocs; i++) {
        doc = &list.docs[i];

        page = driver_page(doc, 1, DRIVER_SLICE);

        memset(&card, 0, sizeof(urlmeta_buf_t));

        rd = driver_reader(doc, 1);
        (void) urlmeta_reader_feed(rd, doc->data, doc->len);
        driver_card(rd, doc, &card);

        printf("{\"page\":");
        json_dumpf(page, stdout, JSON_COMPACT);
        printf(",\"card\":%s}\n", card.data);

        urlmeta_reader_destroy(rd);
        urlmeta_buf_free(&card);
        json_decref(page);
    }

    driver_unload(&list);

    return 0;
}
