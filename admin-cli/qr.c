// Renders libqrencode's modules as half blocks.
#include "admin-cli/qr.h"

#include <qrencode.h>
#include <stdio.h>
#include <stdlib.h>

enum { MARGIN = 2 };

#define WHITE_ON_BLACK "\033[40;97m"
#define RESET "\033[0m"

// Whether the module is light; all outside the code is.
static bool is_light(const QRcode *code, int x, int y)
{
    if (x < 0 || y < 0 || x >= code->width || y >= code->width)
        return true;
    return (code->data[y * code->width + x] & 1) == 0;
}

static void draw_line(FILE *file, const QRcode *code, int y, bool color)
{
    static const char *const blocks[] = {" ", "▄", "▀", "█"};
    fputs(color ? WHITE_ON_BLACK : "", file);
    for (int x = -MARGIN; x < code->width + MARGIN; x++)
        fputs(blocks[2 * is_light(code, x, y) + is_light(code, x, y + 1)], file);
    fputs(color ? RESET "\n" : "\n", file);
}

char *qr_render(const char *text, bool color)
{
    QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);
    if (!code)
        return NULL;
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    if (file) {
        for (int y = -MARGIN; y < code->width + MARGIN; y += 2)
            draw_line(file, code, y, color);
        if (fclose(file) != 0) {
            free(out);
            out = NULL;
        }
    }
    QRcode_free(code);
    return out;
}
