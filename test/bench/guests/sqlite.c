// SQLite in memory: N rows inserted (argv[1], default 4000), an index built over them, look-ups by it, a join with
// sums. Linked with the amalgamation; the answers are printed, so that runs can be compared.

#include <stdio.h>
#include <stdlib.h>

#include "sqlite3.h"

static sqlite3 *db;

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(db));
  exit(1);
}
static void run(const char *sql) {
  if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sql);
}
static sqlite3_stmt *prepare(const char *sql) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) fail(sql);
  return statement;
}

int main(int argc, char **argv) {
  int rows = argc > 1 ? atoi(argv[1]) : 4000;
  char text[64];
  if (sqlite3_open(":memory:", &db) != SQLITE_OK) fail("open");
  run("create table item(id integer primary key, name text, weight real, owner integer)");
  run("create table owner(id integer primary key, name text)");
  run("begin");
  sqlite3_stmt *insert = prepare("insert into item values(?, ?, ?, ?)");
  for (int i = 0; i < rows; i++) {
    snprintf(text, sizeof text, "item %d", i * 7919 % rows);
    sqlite3_bind_int(insert, 1, i);
    sqlite3_bind_text(insert, 2, text, -1, SQLITE_TRANSIENT);
    sqlite3_bind_double(insert, 3, i / 3.0);
    sqlite3_bind_int(insert, 4, i % 97);
    if (sqlite3_step(insert) != SQLITE_DONE) fail("insert");
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  insert = prepare("insert into owner values(?, ?)");
  for (int i = 0; i < 97; i++) {
    snprintf(text, sizeof text, "owner %d", i);
    sqlite3_bind_int(insert, 1, i);
    sqlite3_bind_text(insert, 2, text, -1, SQLITE_TRANSIENT);
    if (sqlite3_step(insert) != SQLITE_DONE) fail("insert");
    sqlite3_reset(insert);
  }
  sqlite3_finalize(insert);
  run("commit");
  run("create index item_name on item(name)");

  long found = 0;
  sqlite3_stmt *select = prepare("select id from item where name = ?");
  for (int i = 0; i < rows; i++) {
    snprintf(text, sizeof text, "item %d", i);
    sqlite3_bind_text(select, 1, text, -1, SQLITE_TRANSIENT);
    while (sqlite3_step(select) == SQLITE_ROW) found += sqlite3_column_int(select, 0);
    sqlite3_reset(select);
  }
  sqlite3_finalize(select);
  printf("found %ld\n", found);

  select = prepare(
      "select owner.name, count(*), sum(weight) from item join owner on owner.id = item.owner"
      " where item.name like '%7%' group by owner.name order by 3 desc limit 5");
  while (sqlite3_step(select) == SQLITE_ROW) {
    printf("%s %d %.3f\n", sqlite3_column_text(select, 0), sqlite3_column_int(select, 1), sqlite3_column_double(select, 2));
  }
  sqlite3_finalize(select);
  return sqlite3_close(db) == SQLITE_OK ? 0 : 1;
}
