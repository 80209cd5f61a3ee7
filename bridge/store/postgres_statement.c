// The driver for PostgreSQL: prepared statements, their parameters and rows.
//
// Whole numbers go out as 8 bytes, also where the server would take them for 4 (?5 = 0); rows come back as
// text.
#include "bridge/store/postgres_internal.h"

#include "bridge/store/postgres_sql.h"
#include "common/parse.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The server's numbers of its types.
enum { TYPE_UNKNOWN = 0, TYPE_INT8 = 20, TYPE_INT2 = 21, TYPE_INT4 = 23, TYPE_TEXT = 25 };

struct postgres_statement {
    struct db_statement base;
    char *sql;
    char name[16];
    unsigned generation; // of the connection on which it is prepared
    int count;           // of parameters
    bool has_rows;       // it is a read
    Oid types[POSTGRES_PARAMETERS_MAX];
    const char *values[POSTGRES_PARAMETERS_MAX]; // borrowed, or in numbers or repaired
    int lengths[POSTGRES_PARAMETERS_MAX];
    int formats[POSTGRES_PARAMETERS_MAX]; // 1 = binary
    uint64_t numbers[POSTGRES_PARAMETERS_MAX];
    char *repaired[POSTGRES_PARAMETERS_MAX]; // owned
    PGresult *result;                        // of the present run
    int row;
    unsigned char *blob; // owned; the last one that was read
};

static struct postgres_statement *statement_of(struct db_statement *statement)
{
    return (struct postgres_statement *)statement;
}

static bool prepare_as(struct postgres *postgres, struct postgres_statement *statement, const char *name)
{
    PGresult *result =
        PQprepare(postgres->connection, name, statement->sql, statement->count, statement->types);
    bool done = postgres_check(postgres, result);
    PQclear(result);
    return done;
}

// Asks the server what it takes the parameters for, and whether rows come back.
static bool find_types(struct postgres *postgres, struct postgres_statement *statement)
{
    if (!prepare_as(postgres, statement, ""))
        return false;
    PGresult *result = PQdescribePrepared(postgres->connection, "");
    bool done = postgres_check(postgres, result);
    statement->has_rows = PQnfields(result) > 0;
    for (int i = 0; i < statement->count && done; i++) {
        Oid type = PQparamtype(result, i);
        statement->types[i] = type == TYPE_INT4 || type == TYPE_INT2 ? TYPE_INT8 : type;
    }
    PQclear(result);
    return done;
}

// Prepares on the present connection what was prepared on another one.
static bool prepare_again(struct postgres *postgres, struct postgres_statement *statement)
{
    if (statement->generation == postgres->generation)
        return true;
    if (!prepare_as(postgres, statement, statement->name))
        return false;
    statement->generation = postgres->generation;
    return true;
}

struct db_statement *postgres_prepare(struct db *db, const char *sql)
{
    struct postgres *postgres = postgres_of(db);
    struct postgres_statement *statement = calloc(1, sizeof(*statement));
    bool used[POSTGRES_PARAMETERS_MAX];
    if (statement == NULL)
        return NULL;
    PQclear(postgres_settle(postgres));
    statement->base.db = db;
    statement->generation = postgres->generation - 1;
    statement->sql = postgres_sql_statement(sql, &statement->count, used);
    snprintf(statement->name, sizeof(statement->name), "s%u", postgres->names++);
    for (int i = 0; i < statement->count; i++)
        statement->types[i] = used[i] ? TYPE_UNKNOWN : TYPE_TEXT; // nothing tells what a gap is
    if (statement->sql != NULL && find_types(postgres, statement) && prepare_again(postgres, statement))
        return &statement->base;
    postgres_finish(&statement->base);
    return NULL;
}

void postgres_finish(struct db_statement *base)
{
    struct postgres_statement *statement = statement_of(base);
    for (int i = 0; i < statement->count; i++)
        free(statement->repaired[i]);
    PQclear(statement->result);
    PQfreemem(statement->blob);
    free(statement->sql);
    free(statement);
}

static void bind(struct db_statement *base, int parameter, const void *bytes, size_t length, bool binary)
{
    struct postgres_statement *statement = statement_of(base);
    statement->values[parameter - 1] = bytes;
    statement->lengths[parameter - 1] = (int)length;
    statement->formats[parameter - 1] = binary;
}

void postgres_bind_int(struct db_statement *base, int parameter, int64_t value)
{
    struct postgres_statement *statement = statement_of(base);
    if (parameter > statement->count)
        return;
    uint64_t *number = &statement->numbers[parameter - 1];
    *number = htobe64((uint64_t)value);
    bind(base, parameter, number, sizeof(*number), true);
}

void postgres_bind_null(struct db_statement *base, int parameter)
{
    if (parameter <= statement_of(base)->count)
        bind(base, parameter, NULL, 0, false);
}

// The server refuses what is no UTF-8, and with it the whole batch: a text that was cut inside of a character
// loses the rest of that character.
static const char *repair(char **repaired, const char *text)
{
    free(*repaired);
    *repaired = NULL;
    if (parse_utf8_valid(text, strlen(text)))
        return text;
    char *copy = strdup(text);
    *repaired = copy;
    if (copy == NULL)
        return NULL;
    for (size_t i = 0; copy[i] != '\0';) {
        size_t length = 1;
        while (length < 4 && copy[i + length] != '\0' && !parse_utf8_valid(copy + i, length))
            length++;
        if (!parse_utf8_valid(copy + i, length)) {
            copy[i] = '?';
            length = 1;
        }
        i += length;
    }
    return copy;
}

void postgres_bind_text(struct db_statement *base, int parameter, const char *text)
{
    struct postgres_statement *statement = statement_of(base);
    if (parameter > statement->count)
        return;
    if (text != NULL)
        text = repair(&statement->repaired[parameter - 1], text);
    bind(base, parameter, text, 0, false);
}

void postgres_bind_blob(struct db_statement *base, int parameter, const void *bytes, size_t length)
{
    if (parameter <= statement_of(base)->count)
        bind(base, parameter, bytes, length, true);
}

static PGresult *ask(struct postgres *postgres, struct postgres_statement *statement)
{
    if (!postgres_revive(postgres) || !prepare_again(postgres, statement))
        return NULL;
    return PQexecPrepared(postgres->connection, statement->name, statement->count, statement->values,
                          statement->lengths, statement->formats, 0);
}

// A reader that finds its connection gone asks once more: nothing was changed.
static PGresult *ask_at_once(struct postgres *postgres, struct postgres_statement *statement)
{
    PGresult *result = ask(postgres, statement);
    if (postgres->mode == DB_READER && PQstatus(postgres->connection) != CONNECTION_OK) {
        PQclear(result);
        result = ask(postgres, statement);
    }
    if (postgres_check(postgres, result)) {
        postgres->changes = strtoll(PQcmdTuples(result), NULL, 10);
        return result;
    }
    PQclear(result);
    return NULL;
}

static bool queue(struct postgres *postgres, struct postgres_statement *statement)
{
    return postgres_enter(postgres) &&
           postgres_queue(postgres, PQsendQueryPrepared(postgres->connection, statement->name,
                                                        statement->count, statement->values,
                                                        statement->lengths, statement->formats, 0) == 1);
}

// A write of a transaction is done when it is queued.
enum db_step postgres_step(struct db_statement *base)
{
    struct postgres_statement *statement = statement_of(base);
    struct postgres *postgres = postgres_of(base->db);
    if (statement->result != NULL) {
        statement->row++;
    } else {
        statement->row = 0;
        if (!postgres->in_transaction)
            statement->result = ask_at_once(postgres, statement);
        else if (!queue(postgres, statement))
            return DB_FAILED;
        else if (!statement->has_rows)
            return DB_DONE;
        else
            statement->result = postgres_settle(postgres);
    }
    if (statement->result == NULL)
        return DB_FAILED;
    return statement->row < PQntuples(statement->result) ? DB_ROW : DB_DONE;
}

void postgres_reset(struct db_statement *base)
{
    PQclear(statement_of(base)->result);
    statement_of(base)->result = NULL;
}

const char *postgres_text(struct db_statement *base, int column)
{
    struct postgres_statement *statement = statement_of(base);
    if (statement->result == NULL || PQgetisnull(statement->result, statement->row, column))
        return NULL;
    return PQgetvalue(statement->result, statement->row, column);
}

int64_t postgres_int(struct db_statement *base, int column)
{
    const char *text = postgres_text(base, column);
    return text != NULL ? strtoll(text, NULL, 10) : 0;
}

const void *postgres_blob(struct db_statement *base, int column, size_t *length)
{
    struct postgres_statement *statement = statement_of(base);
    const char *text = postgres_text(base, column);
    *length = 0;
    PQfreemem(statement->blob);
    statement->blob = text != NULL ? PQunescapeBytea((const unsigned char *)text, length) : NULL;
    return statement->blob;
}
