
/*
 * What the fuzz targets share: an input's first bytes choose how it is read,
 * and what must hold is looked at by more than the sanitizers.
 */


#ifndef _URLMETA_FUZZ_H_INCLUDED_
#define _URLMETA_FUZZ_H_INCLUDED_


#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define must(cond)                                                            \
    do {                                                                      \
        if (!(cond)) {                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, \
                    #cond);                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)


int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);


/* a copy with nothing behind it, where a read beyond the end is noticed */

static inline char *
fuzz_copy(const void *data, size_t len)
{
    char  *copy;

    copy = malloc(len ? len : 1);
    must(copy != NULL);

    memcpy(copy, data, len);

    return copy;
}


/* the first byte, a letter or a digit in seeds, as a number below "max" */

static inline unsigned
fuzz_choice(const uint8_t **data, size_t *size, unsigned max)
{
    unsigned  n;

    if (*size == 0) {
        return 0;
    }

    n = **data - '0';

    (*data)++;
    (*size)--;

    return (n & 0xff) % max;
}


/* how many bytes a piece has, of "len" left; 0 for "step": all */

static inline size_t
fuzz_piece(size_t len, size_t step)
{
    return step && step < len ? step : len;
}


#endif /* _URLMETA_FUZZ_H_INCLUDED_ */
