// QR codes for the terminal, two modules a character.
#ifndef SMSQUITTO_ADMIN_CLI_QR_H
#define SMSQUITTO_ADMIN_CLI_QR_H

#include <stdbool.h>

// Draws text as a QR code (level L, a margin of two modules) into an owned string of lines. With color the
// code is black on white by itself; without, it is drawn for a dark terminal. Returns NULL when text is too
// long for a code or memory runs out. The string shows what text holds: clear it like text before freeing it.
char *qr_render(const char *text, bool color);

#endif
