// Damage to SQLite files.
#include "tests/fuzz/damaged_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 512, BLOB_MAX_BYTES = 4096 };

static struct damaged_file *registered[2]; // folders to remove at the end
static const char *const SUFFIXES[] = {"-journal", "-wal", "-shm", ".lock", ".roster", ".roster-journal", ""};

static void remove_all(const struct damaged_file *file)
{
    for (size_t i = 0; i < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); i++) {
        char path[DAMAGED_PATH_SIZE + 16];
        snprintf(path, sizeof(path), "%s%s", file->path, SUFFIXES[i]);
        unlink(path);
    }
}

static void clean_up(void)
{
    for (size_t i = 0; i < sizeof(registered) / sizeof(registered[0]) && registered[i] != NULL; i++) {
        remove_all(registered[i]);
        rmdir(registered[i]->folder);
        free(registered[i]->image);
    }
}

void damaged_file_init(struct damaged_file *file, void (*make)(const char *path))
{
    struct stat made;
    snprintf(file->folder, sizeof(file->folder), "/dev/shm/smsquitto-fuzz-XXXXXX");
    if (mkdtemp(file->folder) == NULL)
        abort();
    snprintf(file->path, sizeof(file->path), "%s/file.db", file->folder);
    registered[registered[0] != NULL] = file;
    atexit(clean_up);
    make(file->path);
    int fd = open(file->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &made) != 0 || (file->image = malloc((size_t)made.st_size)) == NULL)
        abort();
    file->length = (size_t)made.st_size;
    if (read(fd, file->image, file->length) != (ssize_t)file->length)
        abort();
    close(fd);
}

// Names without anything that SQL could read otherwise.
static size_t name_length(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyz_");
}

static void bind_value(sqlite3_stmt *statement, const char *value)
{
    if (value[0] == '#') {
        long length = strtol(value + 1, NULL, 10);
        sqlite3_bind_zeroblob(statement, 1, length < 0 || length > BLOB_MAX_BYTES ? 0 : (int)length);
    } else if (strcmp(value, "=NULL") == 0) {
        sqlite3_bind_null(statement, 1);
    } else if (value[1] == '\'') {
        sqlite3_bind_text(statement, 1, value + 2, -1, SQLITE_STATIC);
    } else {
        sqlite3_bind_int64(statement, 1, strtoll(value + 1, NULL, 10));
    }
}

static void run(sqlite3 *db, const char *sql, const char *value)
{
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        return;
    if (value != NULL)
        bind_value(statement, value);
    sqlite3_step(statement);
    sqlite3_finalize(statement);
}

static void change_rows(sqlite3 *db, const char *line)
{
    char sql[LINE_MAX_BYTES * 2];
    const char *name = line + (line[0] == '-');
    size_t table = name_length(name), column = name[table] == '.' ? name_length(name + table + 1) : 0;
    if (table == 0)
        return;
    if (line[0] == '-') {
        snprintf(sql, sizeof(sql), "DELETE FROM \"%.*s\"", (int)table, name);
        run(db, sql, NULL);
        return;
    }
    const char *value = name + table + 1 + column;
    if (column == 0 || (value[0] != '=' && value[0] != '#'))
        return;
    snprintf(sql, sizeof(sql), "UPDATE OR IGNORE \"%.*s\" SET \"%.*s\" = ?1", (int)table, name, (int)column,
             name + table + 1);
    run(db, sql, value);
}

static void change_bytes(const struct damaged_file *file, int fd, const char *line)
{
    char *rest;
    unsigned long offset = strtoul(line, &rest, 16);
    unsigned int byte;
    for (int used; offset < file->length && sscanf(rest, " %2x%n", &byte, &used) == 1; rest += used) {
        uint8_t value = (uint8_t)byte;
        if (pwrite(fd, &value, 1, (off_t)offset++) != 1)
            abort();
    }
}

// Calls each for every line of the text.
static void each_line(const uint8_t *text, size_t length, void (*each)(void *context, const char *line),
                      void *context)
{
    for (size_t at = 0; at < length;) {
        char line[LINE_MAX_BYTES];
        const uint8_t *end = memchr(text + at, '\n', length - at);
        size_t size = end != NULL ? (size_t)(end - text) - at : length - at;
        if (size < sizeof(line)) {
            memcpy(line, text + at, size);
            line[size] = '\0';
            each(context, line);
        }
        at += size + 1;
    }
}

static void each_row_change(void *context, const char *line)
{
    if (line[0] != '@')
        change_rows(context, line);
}

struct target {
    const struct damaged_file *file;
    int fd;
};

static void each_byte_change(void *context, const char *line)
{
    const struct target *target = context;
    if (line[0] == '@')
        change_bytes(target->file, target->fd, line + 1);
}

void damaged_file_write(struct damaged_file *file, const uint8_t *text, size_t length)
{
    sqlite3 *db;
    remove_all(file);
    int fd = open(file->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, file->image, file->length) != (ssize_t)file->length)
        abort();
    if (sqlite3_open(file->path, &db) != SQLITE_OK)
        abort();
    sqlite3_exec(db, "PRAGMA ignore_check_constraints = ON; PRAGMA synchronous = OFF;", NULL, NULL, NULL);
    each_line(text, length, each_row_change, db);
    sqlite3_close(db);
    struct target target = {file, fd};
    each_line(text, length, each_byte_change, &target);
    close(fd);
}
