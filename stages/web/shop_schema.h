/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef STAGES_WEB_SHOP_SCHEMA_H
#define STAGES_WEB_SHOP_SCHEMA_H

/*
 * The bookstore's tables, as docs/bookstore.md gives them.
 *
 * The population creates a database with them, the shop and the audit use it.
 * Money is in cents, dates are seconds since 1970, discounts whole percent,
 * keys are dense from 1.  co_exchange is what a dollar buys, in hundredths of
 * the country's currency.
 *
 *   SL_SHOP_TABLES   the tables
 *   SL_SHOP_INDEXES  the indexes, apart, because rows load several times
 *		      faster when their indexes are made afterwards
 *   SL_SHOP_SCHEMA   both
 */
#define SL_SHOP_TABLES                                                       \
	"CREATE TABLE population(name TEXT PRIMARY KEY, value INTEGER)"      \
	" WITHOUT ROWID;\n"                                                  \
	"CREATE TABLE country(co_id INTEGER PRIMARY KEY, co_name TEXT,"      \
	" co_exchange INTEGER, co_currency TEXT);\n"                         \
	"CREATE TABLE author(a_id INTEGER PRIMARY KEY, a_fname TEXT,"        \
	" a_lname TEXT COLLATE NOCASE, a_mname TEXT, a_dob INTEGER,"         \
	" a_bio TEXT);\n"                                                    \
	"CREATE TABLE item(i_id INTEGER PRIMARY KEY,"                        \
	" i_title TEXT COLLATE NOCASE, i_a_id INTEGER, i_pub_date INTEGER,"  \
	" i_publisher TEXT, i_subject INTEGER, i_desc TEXT,"                 \
	" i_related1 INTEGER, i_related2 INTEGER, i_related3 INTEGER,"       \
	" i_related4 INTEGER, i_related5 INTEGER, i_thumbnail TEXT,"         \
	" i_image TEXT, i_srp INTEGER, i_cost INTEGER, i_avail INTEGER,"     \
	" i_stock INTEGER, i_stock_start INTEGER, i_refills INTEGER,"        \
	" i_isbn TEXT, i_page INTEGER, i_backing TEXT,"                      \
	" i_dimensions TEXT);\n"                                             \
	"CREATE TABLE address(addr_id INTEGER PRIMARY KEY,"                  \
	" addr_street1 TEXT, addr_street2 TEXT, addr_city TEXT,"             \
	" addr_state TEXT, addr_zip TEXT, addr_co_id INTEGER);\n"            \
	"CREATE TABLE customer(c_id INTEGER PRIMARY KEY, c_uname TEXT,"      \
	" c_passwd TEXT, c_fname TEXT, c_lname TEXT, c_addr_id INTEGER,"     \
	" c_phone TEXT, c_email TEXT, c_since INTEGER,"                      \
	" c_last_login INTEGER, c_discount INTEGER, c_balance INTEGER,"      \
	" c_ytd_pmt INTEGER, c_birthdate INTEGER, c_data TEXT);\n"           \
	"CREATE TABLE orders(o_id INTEGER PRIMARY KEY, o_c_id INTEGER,"      \
	" o_date INTEGER, o_sub_total INTEGER, o_discount INTEGER,"          \
	" o_tax INTEGER, o_shipping INTEGER, o_total INTEGER,"               \
	" o_ship_type INTEGER, o_ship_date INTEGER, o_bill_addr_id INTEGER," \
	" o_ship_addr_id INTEGER, o_status TEXT);\n"                         \
	"CREATE TABLE order_line(ol_o_id INTEGER, ol_id INTEGER,"            \
	" ol_i_id INTEGER, ol_qty INTEGER, ol_cost INTEGER,"                 \
	" ol_comments TEXT, PRIMARY KEY(ol_o_id, ol_id)) WITHOUT ROWID;\n"   \
	"CREATE TABLE cc_xacts(cx_o_id INTEGER PRIMARY KEY, cx_type TEXT,"   \
	" cx_num TEXT, cx_name TEXT, cx_expiry TEXT, cx_auth_id TEXT,"       \
	" cx_xact_amt INTEGER, cx_xact_date INTEGER, cx_co_id INTEGER);\n"   \
	"CREATE TABLE shopping_cart(sc_id INTEGER PRIMARY KEY,"              \
	" sc_time INTEGER);\n"                                               \
	"CREATE TABLE shopping_cart_line(scl_sc_id INTEGER,"                 \
	" scl_i_id INTEGER, scl_qty INTEGER,"                                \
	" PRIMARY KEY(scl_sc_id, scl_i_id)) WITHOUT ROWID;\n"

#define SL_SHOP_INDEXES                                                      \
	"CREATE INDEX item_title ON item(i_title);\n"                        \
	"CREATE INDEX item_author ON item(i_a_id);\n"                        \
	"CREATE INDEX item_subject"                                          \
	" ON item(i_subject, i_pub_date DESC, i_title);\n"                   \
	"CREATE INDEX author_lname ON author(a_lname);\n"                    \
	"CREATE UNIQUE INDEX customer_uname ON customer(c_uname);\n"         \
	"CREATE INDEX orders_customer ON orders(o_c_id);\n"

#define SL_SHOP_SCHEMA SL_SHOP_TABLES SL_SHOP_INDEXES

#endif
