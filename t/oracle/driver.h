
/*
 * What the programs of this directory share: a list of documents, one a line
 * (name, file, URL, Content-Type, separated by tabs), each read into memory,
 * and the core put over it.
 */


#ifndef _URLMETA_DRIVER_H_INCLUDED_
#define _URLMETA_DRIVER_H_INCLUDED_


#include <stddef.h>

#include "page.h"


/* bytes that the module hands to the core at once */
#define DRIVER_SLICE  16384


typedef struct {
    char             *name;
    char             *file;
    char             *url;
    char             *type;         /* empty: no Content-Type */
    char             *data;
    size_t            len;
} driver_doc_t;


typedef struct {
    driver_doc_t     *docs;
    size_t            ndocs;
} driver_list_t;


/* ends the process where a list or a file cannot be read */
void driver_load(driver_list_t *list, const char *path);
void driver_unload(driver_list_t *list);

urlmeta_reader_t *driver_reader(driver_doc_t *doc, int details);

/* in pieces of "step" bytes, all at once if it is 0 */
json_t *driver_page(driver_doc_t *doc, int details, size_t step);

/* the card; ends the process without memory */
void driver_card(urlmeta_reader_t *rd, driver_doc_t *doc, urlmeta_buf_t *out);

/* of this thread, in seconds */
double driver_cpu(void);


#endif /* _URLMETA_DRIVER_H_INCLUDED_ */
