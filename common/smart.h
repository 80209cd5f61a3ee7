// Typographic characters replaced by those of GSM-7 that look like them, so that a text does not need twice
// as many parts because of a curly quote.
//
// Pure logic; any thread.
#ifndef SMSQUITTO_COMMON_SMART_H
#define SMSQUITTO_COMMON_SMART_H

// The text with quotes, dashes, blanks, dots and fractions that word processors make replaced; all else is
// left as it is. text is UTF-8. Owned; NULL when memory runs out.
char *smart_text(const char *text);

#endif
