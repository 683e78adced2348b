
/*
 * extract LIST [ROUNDS]: CPU time of each document, in microseconds, the least
 * of all rounds: by the core to the page (what the document says) and to the
 * card's JSON, fed in slices of 16 KB, its slowest slice, by libxml2's HTML
 * push parser with handlers that do nothing, and by the core to the card as
 * the server makes it, which reads no further than the head if that says
 * enough.
 *
 * One line for each: name, bytes, page, card, slowest slice, libxml2, server's
 * card, bytes fed for it.
 */


#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver.h"


typedef struct {
    double   page;
    double   card;
    double   slice;
    double   libxml2;
    double   server;
    size_t   fed;
} bench_time_t;


static void bench_start(void *data, const xmlChar *name,
    const xmlChar **attrs);
static void bench_end(void *data, const xmlChar *name);
static void bench_text(void *data, const xmlChar *text, int len);
static void bench_libxml2(driver_doc_t *doc, bench_time_t *best);
static void bench_core(driver_doc_t *doc, bench_time_t *best, double *slices);
static void bench_server(driver_doc_t *doc, bench_time_t *best);
static void bench_least(double *best, double time);


static unsigned long  events;


static void
bench_start(void *data, const xmlChar *name, const xmlChar **attrs)
{
    events++;
}


static void
bench_end(void *data, const xmlChar *name)
{
    events++;
}


static void
bench_text(void *data, const xmlChar *text, int len)
{
    events++;
}


static void
bench_least(double *best, double time)
{
    if (time < *best) {
        *best = time;
    }
}


static void
bench_libxml2(driver_doc_t *doc, bench_time_t *best)
{
    size_t              i, n;
    double              start;
    xmlSAXHandler       sax;
    htmlParserCtxtPtr   ctxt;

    memset(&sax, 0, sizeof(xmlSAXHandler));

    sax.startElement = bench_start;
    sax.endElement = bench_end;
    sax.characters = bench_text;
    sax.cdataBlock = bench_text;

    start = driver_cpu();

    ctxt = htmlCreatePushParserCtxt(&sax, NULL, NULL, 0, NULL,
                                    XML_CHAR_ENCODING_UTF8);

    if (ctxt == NULL) {
        exit(2);
    }

    (void) htmlCtxtUseOptions(ctxt, HTML_PARSE_NOERROR|HTML_PARSE_NOWARNING
                                    |HTML_PARSE_NONET|HTML_PARSE_IGNORE_ENC);

    for (i = 0; i < doc->len; i += n) {
        n = doc->len - i < DRIVER_SLICE ? doc->len - i : DRIVER_SLICE;

        /* else it does not find the end of a value that a piece cut */
        ctxt->checkIndex = 0;

        (void) htmlParseChunk(ctxt, doc->data + i, n, 0);
    }

    (void) htmlParseChunk(ctxt, NULL, 0, 1);
    htmlFreeParserCtxt(ctxt);

    bench_least(&best->libxml2, driver_cpu() - start);
}


static void
bench_core(driver_doc_t *doc, bench_time_t *best, double *slices)
{
    int                rc;
    size_t             i, n;
    double             start, begin;
    json_t            *page;
    urlmeta_buf_t      out;
    urlmeta_reader_t  *rd;

    start = driver_cpu();

    page = driver_page(doc, 0, DRIVER_SLICE);
    json_decref(page);

    bench_least(&best->page, driver_cpu() - start);

    memset(&out, 0, sizeof(urlmeta_buf_t));

    start = driver_cpu();

    rd = driver_reader(doc, 0);
    rc = URLMETA_OK;

    for (i = 0; i < doc->len && rc == URLMETA_OK; i += n) {
        n = doc->len - i < DRIVER_SLICE ? doc->len - i : DRIVER_SLICE;

        rc = urlmeta_reader_feed(rd, doc->data + i, n);
    }

    driver_card(rd, doc, &out);
    urlmeta_reader_destroy(rd);

    bench_least(&best->card, driver_cpu() - start);

    urlmeta_buf_reset(&out);

    /* the clock costs as much as a quick slice: by itself */

    rd = driver_reader(doc, 0);
    rc = URLMETA_OK;

    for (i = 0; i < doc->len && rc == URLMETA_OK; i += n) {
        n = doc->len - i < DRIVER_SLICE ? doc->len - i : DRIVER_SLICE;

        begin = driver_cpu();
        rc = urlmeta_reader_feed(rd, doc->data + i, n);
        bench_least(&slices[i / DRIVER_SLICE], driver_cpu() - begin);
    }

    begin = driver_cpu();
    driver_card(rd, doc, &out);
    bench_least(&slices[(doc->len + DRIVER_SLICE - 1) / DRIVER_SLICE],
                driver_cpu() - begin);

    urlmeta_reader_destroy(rd);
    urlmeta_buf_free(&out);
}


static void
bench_server(driver_doc_t *doc, bench_time_t *best)
{
    int                rc;
    size_t             i, n;
    double             start;
    urlmeta_buf_t      out;
    urlmeta_reader_t  *rd;

    memset(&out, 0, sizeof(urlmeta_buf_t));

    start = driver_cpu();

    rd = driver_reader(doc, 0);
    urlmeta_reader_extent(rd, URLMETA_EXTENT_AUTO);
    rc = URLMETA_OK;

    for (i = 0; i < doc->len && rc == URLMETA_OK; i += n) {
        n = doc->len - i < DRIVER_SLICE ? doc->len - i : DRIVER_SLICE;

        rc = urlmeta_reader_feed(rd, doc->data + i, n);
    }

    driver_card(rd, doc, &out);
    urlmeta_reader_destroy(rd);

    bench_least(&best->server, driver_cpu() - start);
    best->fed = i;

    urlmeta_buf_free(&out);
}


int
main(int argc, char *argv[])
{
    size_t          i, n, count, rounds;
    double         *slices;
    driver_list_t   list;
    bench_time_t    best;

    if (argc < 2) {
        fprintf(stderr, "usage: extract LIST [ROUNDS]\n");
        return 2;
    }

    rounds = (argc > 2) ? strtoul(argv[2], NULL, 10) : 5;

    urlmeta_init();
    driver_load(&list, argv[1]);

    for (i = 0; i < list.ndocs; i++) {
        count = (list.docs[i].len + DRIVER_SLICE - 1) / DRIVER_SLICE + 1;
        slices = malloc(count * sizeof(double));

        if (slices == NULL) {
            return 2;
        }

        for (n = 0; n < count; n++) {
            slices[n] = 1e9;
        }

        best.page = 1e9;
        best.card = 1e9;
        best.slice = 0;
        best.libxml2 = 1e9;
        best.server = 1e9;
        best.fed = 0;

        for (n = 0; n < rounds; n++) {
            bench_core(&list.docs[i], &best, slices);
            bench_libxml2(&list.docs[i], &best);
            bench_server(&list.docs[i], &best);
        }

        /* the last is the end: the card */

        for (n = 0; n < count; n++) {

            if (slices[n] < 1e9 && slices[n] > best.slice) {
                best.slice = slices[n];
            }
        }

        printf("%s\t%zu\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%zu\n",
               list.docs[i].name, list.docs[i].len, best.page * 1e6,
               best.card * 1e6, best.slice * 1e6, best.libxml2 * 1e6,
               best.server * 1e6, best.fed);

        free(slices);
    }

    driver_unload(&list);

    return events ? 0 : 1;
}
