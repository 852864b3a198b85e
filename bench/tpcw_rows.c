// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * Rows are written in the order of their keys, each table by one prepared
 * statement, all tables in one transaction without a journal: a database
 * whose making is interrupted is thrown away, so nothing needs undoing.
 * Indexes are made afterwards, by sorting.
 */
#include "bench/tpcw_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "bench/tpcw_image.h"
#include "stages/web/shop_schema.h"

/* The row that is being filled, column by column from the left. */
struct row {
	const struct sl_tpcw_model *model;
	sqlite3 *db;
	sqlite3_stmt *insert;
	int column;
	u64 written;
};

static void put_int(struct row *row, s64 value)
{
	sqlite3_bind_int64(row->insert, ++row->column, value);
}

/* Texts stay where they are until the row has been written. */
static void put_chars(struct row *row, const char *chars, int count)
{
	sqlite3_bind_text(row->insert, ++row->column, chars, count,
			  SQLITE_STATIC);
}

static void put_text(struct row *row, struct sl_tpcw_text text)
{
	put_chars(row, text.chars, text.count);
}

static int row_end(struct row *row)
{
	int err = sqlite3_step(row->insert);

	sqlite3_reset(row->insert);
	row->column = 0;
	row->written++;
	return err == SQLITE_DONE ? 0 : -EIO;
}

static int population_write(struct row *row, u32 id)
{
	const struct sl_tpcw_model *model = row->model;
	const struct {
		const char *name;
		s64 value;
	} facts[] = {
		{ "addresses", model->addresses },
		{ "browsers", model->browsers },
		{ "carts", 0 },
		{ "customers", model->customers },
		{ "format", SL_TPCW_FORMAT },
		{ "items", model->items },
		{ "orders", model->orders },
		{ "seed", model->seed },
	};

	if (id > sizeof(facts) / sizeof(facts[0]))
		return 0;
	put_chars(row, facts[id - 1].name, -1);
	put_int(row, facts[id - 1].value);
	return row_end(row);
}

static int country_write(struct row *row, u32 id)
{
	const struct sl_tpcw_country *country = &sl_tpcw_countries[id - 1];

	put_int(row, id);
	put_chars(row, country->name, -1);
	put_int(row, country->exchange);
	put_chars(row, country->currency, -1);
	return row_end(row);
}

static int author_write(struct row *row, u32 id)
{
	struct sl_tpcw_author author;

	sl_tpcw_author_fill(row->model, id, &author);
	put_int(row, id);
	put_text(row, author.fname);
	put_text(row, author.lname);
	put_text(row, author.mname);
	put_int(row, author.dob);
	put_text(row, author.bio);
	return row_end(row);
}

static int item_write(struct row *row, u32 id)
{
	struct sl_tpcw_item item;
	char thumb[32], image[32];
	u32 i;

	sl_tpcw_item_fill(row->model, id, &item);
	sl_tpcw_image_name(SL_TPCW_THUMB, id, thumb);
	sl_tpcw_image_name(SL_TPCW_IMAGE, id, image);
	put_int(row, id);
	put_text(row, item.title);
	put_int(row, item.author);
	put_int(row, item.pub_date);
	put_text(row, item.publisher);
	put_int(row, item.subject);
	put_text(row, item.desc);
	for (i = 0; i < SL_TPCW_RELATED; i++)
		put_int(row, item.related[i]);
	put_chars(row, thumb, -1);
	put_chars(row, image, -1);
	put_int(row, item.srp);
	put_int(row, item.cost);
	put_int(row, item.avail);
	put_int(row, item.stock);
	put_int(row, item.stock);	/* i_stock_start */
	put_int(row, 0);		/* i_refills */
	put_chars(row, item.isbn, -1);
	put_int(row, item.pages);
	put_text(row, item.backing);
	put_chars(row, item.dimensions, -1);
	return row_end(row);
}

static int address_write(struct row *row, u32 id)
{
	struct sl_tpcw_address address;

	sl_tpcw_address_fill(row->model, id, &address);
	put_int(row, id);
	put_text(row, address.street1);
	put_text(row, address.street2);
	put_text(row, address.city);
	put_text(row, address.state);
	put_chars(row, address.zip, -1);
	put_int(row, address.country);
	return row_end(row);
}

static int customer_write(struct row *row, u32 id)
{
	struct sl_tpcw_customer customer;

	sl_tpcw_customer_fill(row->model, id, &customer);
	put_int(row, id);
	put_chars(row, customer.uname, -1);
	put_chars(row, customer.passwd, -1);
	put_text(row, customer.fname);
	put_text(row, customer.lname);
	put_int(row, customer.address);
	put_chars(row, customer.phone, -1);
	put_chars(row, customer.email, -1);
	put_int(row, customer.since);
	put_int(row, customer.last_login);
	put_int(row, customer.discount);
	put_int(row, 0);		/* c_balance */
	put_int(row, customer.ytd_pmt);
	put_int(row, customer.birthdate);
	put_text(row, customer.data);
	return row_end(row);
}

static int order_write(struct row *row, u32 id)
{
	struct sl_tpcw_order order;

	sl_tpcw_order_fill(row->model, id, &order);
	put_int(row, id);
	put_int(row, order.customer);
	put_int(row, order.date);
	put_int(row, order.sums.sub_total);
	put_int(row, order.discount);
	put_int(row, order.sums.tax);
	put_int(row, order.sums.shipping);
	put_int(row, order.sums.total);
	put_int(row, order.ship_type);
	put_int(row, order.ship_date);
	put_int(row, order.bill_address);
	put_int(row, order.ship_address);
	put_chars(row, order.status, -1);
	return row_end(row);
}

static int lines_write(struct row *row, u32 id)
{
	struct sl_tpcw_order order;
	int err = 0;
	u32 i;

	sl_tpcw_order_fill(row->model, id, &order);
	for (i = 0; i < order.lines && !err; i++) {
		put_int(row, id);
		put_int(row, i + 1);
		put_int(row, order.line[i].item);
		put_int(row, order.line[i].quantity);
		put_int(row, order.line[i].cost);
		put_text(row, order.line[i].comments);
		err = row_end(row);
	}
	return err;
}

static int payment_write(struct row *row, u32 id)
{
	struct sl_tpcw_order order;

	sl_tpcw_order_fill(row->model, id, &order);
	put_int(row, id);
	put_chars(row, order.card_type, -1);
	put_chars(row, order.card_number, -1);
	put_text(row, order.card_name);
	put_chars(row, order.card_expiry, -1);
	put_chars(row, order.card_auth, -1);
	put_int(row, order.sums.total);
	put_int(row, order.date);
	put_int(row, order.card_country);
	return row_end(row);
}

static int table_write(struct row *row, const char *name, const char *insert,
		       u32 count, int (*write)(struct row *row, u32 id),
		       FILE *progress)
{
	int err = sqlite3_prepare_v2(row->db, insert, -1, &row->insert, NULL);
	u32 id;

	if (err)
		return -EIO;
	row->written = 0;
	row->column = 0;
	for (id = 1; id <= count && !err; id++)
		err = write(row, id);
	sqlite3_finalize(row->insert);
	if (progress && !err)
		fprintf(progress, "population: %s, %llu rows\n", name,
			(unsigned long long)row->written);
	return err;
}

static int tables_write(struct row *row, FILE *progress)
{
	const struct sl_tpcw_model *model = row->model;
	const struct {
		const char *name;
		const char *insert;
		u32 count;
		int (*write)(struct row *row, u32 id);
	} tables[] = {
		{ "population", "INSERT INTO population VALUES(?,?)", 64,
		  population_write },
		{ "country", "INSERT INTO country VALUES(?,?,?,?)",
		  SL_TPCW_COUNTRIES, country_write },
		{ "author", "INSERT INTO author VALUES(?,?,?,?,?,?)",
		  model->authors, author_write },
		{ "item",
		  "INSERT INTO item VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
		  "?,?,?,?,?,?,?,?)", model->items, item_write },
		{ "address", "INSERT INTO address VALUES(?,?,?,?,?,?,?)",
		  model->addresses, address_write },
		{ "customer",
		  "INSERT INTO customer VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		  model->customers, customer_write },
		{ "orders",
		  "INSERT INTO orders VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)",
		  model->orders, order_write },
		{ "order_line", "INSERT INTO order_line VALUES(?,?,?,?,?,?)",
		  model->orders, lines_write },
		{ "cc_xacts", "INSERT INTO cc_xacts VALUES(?,?,?,?,?,?,?,?,?)",
		  model->orders, payment_write },
	};
	int err = 0;
	u32 i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]) && !err; i++)
		err = table_write(row, tables[i].name, tables[i].insert,
				  tables[i].count, tables[i].write, progress);
	return err;
}

static int sync_file(const char *path)
{
	int fd = open(path, O_RDONLY);
	int err = 0;

	if (fd < 0 || fsync(fd))
		err = -errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static int sql(sqlite3 *db, const char *text)
{
	return sqlite3_exec(db, text, NULL, NULL, NULL) ? -EIO : 0;
}

int sl_tpcw_rows_write(const char *path, const struct sl_tpcw_model *model,
		       FILE *progress)
{
	struct row row = { .model = model };
	int err = sqlite3_open_v2(path, &row.db,
				  SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
					  SQLITE_OPEN_NOMUTEX, NULL) ?
			  -EIO :
			  0;

	err = err ?: sql(row.db, "PRAGMA page_size=4096;"
				 "PRAGMA locking_mode=EXCLUSIVE;"
				 "PRAGMA journal_mode=OFF;"
				 "PRAGMA synchronous=OFF;"
				 "PRAGMA cache_size=-65536;"
				 "PRAGMA temp_store=MEMORY;");
	err = err ?: sql(row.db, SL_SHOP_TABLES "BEGIN");
	err = err ?: tables_write(&row, progress);
	err = err ?: sql(row.db, "COMMIT;" SL_SHOP_INDEXES);
	err = err ?: sql(row.db, "PRAGMA journal_mode=WAL;"
				 "PRAGMA wal_checkpoint(TRUNCATE)");
	if (err)
		fprintf(stderr, "%s: cannot be populated: %s\n", path,
			sqlite3_errmsg(row.db));
	if (sqlite3_close(row.db) && !err)
		err = -EIO;
	return err ?: sync_file(path);
}
