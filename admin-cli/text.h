// Text for a terminal: how wide it is, how it is cut, and how text from strangers is made harmless.
//
// Needs a UTF-8 LC_CTYPE (text_init). Not to be called from several threads before text_init has returned.
#ifndef SMSQUITTO_ADMIN_CLI_TEXT_H
#define SMSQUITTO_ADMIN_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

// Takes the caller's locale, or C.UTF-8 when that is not UTF-8: we always write UTF-8.
void text_init(void);

// An owned copy that is safe to print: bytes that are not UTF-8 and characters that steer a terminal or turn
// the direction of writing become '?' or U+FFFD, line breaks and tabs one space. NULL when memory runs out.
char *text_clean(const char *text);

// Columns that cleaned text takes.
size_t text_width(const char *text);

// Bytes of the longest start of cleaned text that takes at most width columns (whole characters with the
// combining marks that follow them); *used is what it takes.
size_t text_fit(const char *text, size_t width, size_t *used);

// Shortens a phone number for the screen: "+491701234567" becomes "+49170…67"; short ones and names stay.
// Owned; NULL when memory runs out.
char *text_short_number(const char *number);

// The first column of a line of CSV (comma, semicolon or tab), without quotes, blanks and byte order marks
// around it. Cuts the line; borrowed from it.
char *text_first_column(char *line);

#endif
