// Texts with variables, for the engine.
#include "bridge/store/row_template.h"
#include "bridge/store/rows.h"
#include "bridge/store/store_internal.h"

#include <stdlib.h>
#include <string.h>

void template_row_clear(struct template_row *row)
{
    for (size_t i = 0; i < row->text_count; i++)
        free(row->texts[i].text);
    free(row->texts);
    *row = (struct template_row){.n = 0};
}

void row_template(struct template_row *out, struct db_statement *statement)
{
    *out = (struct template_row){.n = db_int(statement, 0),
                                 .account = db_int(statement, 1),
                                 .max_parts = db_int(statement, 3),
                                 .created_at = db_int(statement, 4),
                                 .updated_at = db_int(statement, 5)};
    row_text(out->name, sizeof(out->name), statement, 2);
}

bool row_template_text(struct template_row *out, struct db_statement *statement)
{
    if (out->texts == NULL)
        out->texts = calloc(TEMPLATE_TEXTS_MAX, sizeof(*out->texts));
    if (out->texts == NULL || out->text_count == TEMPLATE_TEXTS_MAX)
        return false;
    struct template_text *text = &out->texts[out->text_count];
    row_text(text->language, sizeof(text->language), statement, ROW_TEMPLATE_COLUMNS);
    text->text = strdup(db_text(statement, ROW_TEMPLATE_COLUMNS + 1));
    out->text_count += text->text != NULL;
    return text->text != NULL;
}

int64_t store_template_count(struct store *store, int64_t account, int64_t limit)
{
    struct db_statement *statement = store_use(store, STATEMENT_TEMPLATE_COUNT);
    int64_t count = 0;
    if (statement == NULL)
        return 0;
    db_bind_int(statement, 1, account);
    db_bind_int(statement, 2, limit);
    if (store_next_row(store, statement))
        count = db_int(statement, 0);
    db_reset(statement);
    return count;
}

static bool clear_texts(struct store *store, int64_t n)
{
    struct db_statement *statement = store_use(store, STATEMENT_TEMPLATE_TEXTS_CLEAR);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, n);
    return store_finish(store, statement);
}

static bool add_texts(struct store *store, const struct template_row *row)
{
    for (size_t i = 0; i < row->text_count; i++) {
        struct db_statement *statement = store_use(store, STATEMENT_TEMPLATE_TEXT_ADD);
        if (statement == NULL)
            return false;
        db_bind_int(statement, 1, row->n);
        db_bind_text(statement, 2, row->texts[i].language);
        db_bind_text(statement, 3, row->texts[i].text);
        if (!store_finish(store, statement))
            return false;
    }
    return true;
}

bool store_template_add(struct store *store, struct template_row *row)
{
    row->n = store_number(store, STATEMENT_LAST_TEMPLATE, 0) + 1;
    struct db_statement *statement = store_use(store, STATEMENT_TEMPLATE_ADD);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->n);
    db_bind_int(statement, 2, row->account);
    db_bind_text(statement, 3, row->name);
    db_bind_int(statement, 4, row->max_parts);
    db_bind_int(statement, 5, row->created_at);
    db_bind_int(statement, 6, row->updated_at);
    return store_finish(store, statement) && add_texts(store, row);
}

bool store_template_update(struct store *store, const struct template_row *row)
{
    struct db_statement *statement = store_use(store, STATEMENT_TEMPLATE_UPDATE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, row->n);
    db_bind_int(statement, 2, row->max_parts);
    db_bind_int(statement, 3, row->updated_at);
    return store_finish(store, statement) && clear_texts(store, row->n) && add_texts(store, row);
}

bool store_template_remove(struct store *store, int64_t n)
{
    struct db_statement *statement = store_use(store, STATEMENT_TEMPLATE_REMOVE);
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, n);
    return store_finish(store, statement) && clear_texts(store, n);
}

bool store_template_load(struct store *store, struct template_row *out, int64_t account, const char *name)
{
    struct db_statement *statement = store_use(store, STATEMENT_TEMPLATE_LOAD);
    *out = (struct template_row){.n = 0};
    if (statement == NULL)
        return false;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, name);
    while (store_next_row(store, statement)) {
        if (out->n == 0)
            row_template(out, statement);
        if (!row_template_text(out, statement)) {
            template_row_clear(out);
            (void)store_fail_memory(store);
            break;
        }
    }
    db_reset(statement);
    return out->n != 0;
}
