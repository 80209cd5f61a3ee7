// Texts with variables, for readers.
#include "bridge/store/query_internal.h"
#include "bridge/store/row_template.h"

enum query_status query_template(struct query *query, struct template_row *out, int64_t account,
                                 const char *name)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_TEMPLATE);
    enum db_step step;
    *out = (struct template_row){.n = 0};
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, name);
    while ((step = db_step(statement)) == DB_ROW) {
        if (out->n == 0)
            row_template(out, statement);
        if (!row_template_text(out, statement)) {
            step = DB_FAILED;
            break;
        }
    }
    db_reset(statement);
    if (step == DB_DONE)
        return out->n != 0 ? QUERY_OK : QUERY_NONE;
    template_row_clear(out);
    return QUERY_FAILED;
}

enum query_status query_templates(struct query *query, struct template_row *out, size_t limit, size_t *count,
                                  int64_t account, const char *after_name)
{
    struct db_statement *statement = query_use(query, STATEMENT_VIEW_TEMPLATES);
    enum db_step step = DB_DONE;
    db_bind_int(statement, 1, account);
    db_bind_text(statement, 2, after_name);
    db_bind_int(statement, 3, (int64_t)limit);
    for (*count = 0; *count < limit && (step = db_step(statement)) == DB_ROW; (*count)++)
        row_template(&out[*count], statement);
    return query_end_list(statement, step);
}
