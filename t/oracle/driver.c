
/*
 * Documents from a list, and the core over them.
 */


#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "driver.h"


static void driver_fail(const char *what, const char *name);
static char *driver_read(const char *path, size_t *len);
static char *driver_field(char **line);


static void
driver_fail(const char *what, const char *name)
{
    fprintf(stderr, "%s: %s\n", name, what);
    exit(2);
}


static char *
driver_read(const char *path, size_t *len)
{
    long   size;
    char  *data;
    FILE  *file;

    file = fopen(path, "rb");

    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        driver_fail("cannot be read", path);
    }

    size = ftell(file);
    rewind(file);

    data = malloc(size + 1);

    if (data == NULL || fread(data, 1, size, file) != (size_t) size) {
        driver_fail("cannot be read", path);
    }

    fclose(file);

    data[size] = '\0';
    *len = size;

    return data;
}


static char *
driver_field(char **line)
{
    char  *field;

    field = strsep(line, "\t");

    return field ? field : "";
}


void
driver_load(driver_list_t *list, const char *path)
{
    char          *text, *next, *line;
    size_t         len, size;
    driver_doc_t  *doc;

    text = driver_read(path, &len);
    next = text;
    size = 0;

    list->docs = NULL;
    list->ndocs = 0;

    for ( ;; ) {
        line = strsep(&next, "\n");

        if (line == NULL) {
            break;
        }

        if (*line == '\0') {
            continue;
        }

        if (list->ndocs == size) {
            size = size ? size * 2 : 64;
            list->docs = realloc(list->docs, size * sizeof(driver_doc_t));

            if (list->docs == NULL) {
                driver_fail("no memory", path);
            }
        }

        doc = &list->docs[list->ndocs++];

        doc->name = strdup(driver_field(&line));
        doc->file = strdup(driver_field(&line));
        doc->url = strdup(driver_field(&line));
        doc->type = strdup(driver_field(&line));
        doc->data = driver_read(doc->file, &doc->len);
    }

    free(text);
}


void
driver_unload(driver_list_t *list)
{
    size_t  i;

    for (i = 0; i < list->ndocs; i++) {
        free(list->docs[i].name);
        free(list->docs[i].file);
        free(list->docs[i].url);
        free(list->docs[i].type);
        free(list->docs[i].data);
    }

    free(list->docs);
}


urlmeta_reader_t *
driver_reader(driver_doc_t *doc, int details)
{
    urlmeta_reader_t  *rd;

    rd = urlmeta_reader_create(doc->url, *doc->type ? doc->type : NULL,
                               details);

    if (rd == NULL) {
        driver_fail("no memory", doc->name);
    }

    return rd;
}


json_t *
driver_page(driver_doc_t *doc, int details, size_t step)
{
    int                rc;
    size_t             i, n;
    json_t            *page;
    urlmeta_reader_t  *rd;

    if (step == 0) {
        step = doc->len;
    }

    rd = driver_reader(doc, details);

    for (i = 0; i < doc->len; i += n) {
        n = doc->len - i < step ? doc->len - i : step;
        rc = urlmeta_reader_feed(rd, doc->data + i, n);

        if (rc == URLMETA_DONE) {
            break;
        }

        if (rc != URLMETA_OK) {
            driver_fail("cannot be fed", doc->name);
        }
    }

    page = urlmeta_reader_page(rd);

    if (page == NULL) {
        driver_fail("no page", doc->name);
    }

    urlmeta_reader_destroy(rd);

    return page;
}


void
driver_card(urlmeta_reader_t *rd, driver_doc_t *doc, urlmeta_buf_t *out)
{
    urlmeta_http_t  http;

    memset(&http, 0, sizeof(urlmeta_http_t));

    http.requested_url = doc->url;
    http.effective_url = doc->url;
    http.status = 200;
    http.content_type = *doc->type ? doc->type : NULL;
    http.bytes = doc->len;

    if (urlmeta_reader_card(rd, &http, out) != URLMETA_OK) {
        driver_fail("no card", doc->name);
    }
}


double
driver_cpu(void)
{
    struct timespec  ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);

    return ts.tv_sec + ts.tv_nsec / 1e9;
}
