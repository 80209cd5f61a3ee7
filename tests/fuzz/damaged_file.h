// SQLite files with damage that an input describes, so that seeds are readable text.
#ifndef SMSQUITTO_TESTS_FUZZ_DAMAGED_FILE_H
#define SMSQUITTO_TESTS_FUZZ_DAMAGED_FILE_H

#include <stddef.h>
#include <stdint.h>

enum { DAMAGED_PATH_SIZE = 96 };

struct damaged_file {
    char folder[64];
    char path[DAMAGED_PATH_SIZE]; // in memory
    uint8_t *image;               // owned: the file without damage
    size_t length;
};

// Makes the folder, and takes the file that make has written at path as the image. Ends the program when it
// cannot.
void damaged_file_init(struct damaged_file *file, void (*make)(const char *path));

// Writes the file anew with the damage that the lines of text describe; others are passed over:
//   @OFFSET HEX…            bytes of the file, offset in hexadecimal
//   TABLE.COLUMN=NUMBER     in all rows, as far as the schema allows it
//   TABLE.COLUMN='TEXT
//   TABLE.COLUMN=NULL
//   TABLE.COLUMN#LENGTH     a blob of so many zeros
//   -TABLE                  no rows
void damaged_file_write(struct damaged_file *file, const uint8_t *text, size_t length);

#endif
