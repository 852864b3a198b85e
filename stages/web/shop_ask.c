// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
/*
 * From a request's fields to a procedure's parameters.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "stages/web/shop_stage.h"

/* A field that must be there. */
static int need(int got)
{
	return got ? got : -EINVAL;
}

#define NUMBER(form, name, to)	sl_form_number(form, name, ~0u, to)
#define TEXT(form, name, to)	sl_form_text(form, name, to, sizeof(to))

/**
 * sl_shop_read_request() - find a request's fields and who is asking
 * @request: to be filled in
 * @event: the request; its query and body must stay meanwhile
 *
 * Return: 0, or -EINVAL if it makes no sense.
 */
int sl_shop_read_request(struct sl_shop_request *request,
			 struct sl_event *event)
{
	const struct sl_http_args *http = sl_http(event);
	struct sl_form *form = &request->form;
	int err = 0;

	form->count = 0;
	request->post = http->method == SL_HTTP_POST;
	if (request->post)
		err = sl_form_add(form, http->body, http->body_bytes);
	if (!err)
		err = sl_form_add(form, http->query, http->query_bytes);
	if (err)
		return err;
	if (NUMBER(form, "c_id", &request->c_id) < 0 ||
	    NUMBER(form, "sc_id", &request->sc_id) < 0)
		return -EINVAL;
	return 0;
}

int sl_shop_ask_promotions(struct sl_shop_request *request, void *in)
{
	struct sl_shop_promotions_in *promotions = in;

	*promotions = (struct sl_shop_promotions_in){
		.c_id = request->c_id, .random = request->random,
		.count = request->promotions,
	};
	return sizeof(*promotions);
}

static int ask_subject(struct sl_shop_request *request, const char *name,
		       u8 procedure, struct sl_shop_list_in *list)
{
	u32 subject;
	int got = sl_form_choice(&request->form, name, sl_shop_subject,
				 SL_SHOP_SUBJECTS, &subject);

	list->procedure = procedure;
	list->by = SL_SHOP_BY_SUBJECT;
	list->subject = subject;
	return need(got) < 0 ? -EINVAL : (int)sizeof(*list);
}

int sl_shop_ask_new_products(struct sl_shop_request *request, void *in)
{
	memset(in, 0, sizeof(struct sl_shop_list_in));
	return ask_subject(request, "subject", SL_SHOP_NEW_PRODUCTS, in);
}

int sl_shop_ask_best_sellers(struct sl_shop_request *request, void *in)
{
	memset(in, 0, sizeof(struct sl_shop_list_in));
	return ask_subject(request, "subject", SL_SHOP_BEST_SELLERS, in);
}

int sl_shop_ask_search(struct sl_shop_request *request, void *in)
{
	static const char *const by[] = { "AUTHOR", "TITLE", "SUBJECT" };
	const struct sl_form *form = &request->form;
	struct sl_shop_list_in *list = in;
	char text[sizeof(list->text)];
	u32 choice, i;

	memset(list, 0, sizeof(*list));
	if (need(sl_form_choice(form, "type", by, ARRAY_SIZE(by),
				&choice)) < 0)
		return -EINVAL;
	if (choice == SL_SHOP_BY_SUBJECT)
		return ask_subject(request, "q", SL_SHOP_SEARCH, list);
	if (need(TEXT(form, "q", text)) < 0)
		return -EINVAL;
	list->procedure = SL_SHOP_SEARCH;
	list->by = choice;
	list->text_bytes = strlen(text);
	/* Searches that find the same have the same key. */
	for (i = 0; i < list->text_bytes; i++)
		list->text[i] = text[i] >= 'A' && text[i] <= 'Z' ?
				text[i] | 0x20 : text[i];
	return sizeof(*list);
}

int sl_shop_ask_detail(struct sl_shop_request *request, void *in)
{
	struct sl_shop_detail_in *detail = in;

	if (need(NUMBER(&request->form, "i_id", &detail->i_id)) < 0)
		return -EINVAL;
	return sizeof(*detail);
}

/* New quantities, the first one for each item. */
static int ask_changes(const struct sl_form *form,
		       struct sl_shop_change_in *change)
{
	u32 i, k, i_id, qty;

	for (i = 0; i < form->count; i++) {
		if (!sl_form_name_begins(&form->field[i], "qty_", &i_id))
			continue;
		for (k = 0; k < change->count; k++)
			if (change->change[k].i_id == i_id)
				break;
		if (k < change->count)
			continue;
		if (need(sl_form_field_number(&form->field[i], SL_SHOP_QTY_MAX,
					      &qty)) < 0 ||
		    change->count == SL_SHOP_LINES_MAX)
			return -EINVAL;
		change->change[change->count++] =
			(struct sl_shop_change){ i_id, qty };
	}
	return 0;
}

int sl_shop_ask_cart(struct sl_shop_request *request, void *in)
{
	struct sl_shop_change_in *change = in;

	change->sc_id = request->sc_id;
	change->random = request->random;
	change->count = 0;
	if (NUMBER(&request->form, "add", &change->add) < 0 ||
	    ask_changes(&request->form, change) < 0)
		return -EINVAL;
	if (change->add || change->count || !request->sc_id)
		return sizeof(*change);
	/* Nothing changes, so nothing need be written. */
	request->procedure = SL_SHOP_CART_SHOW;
	*(struct sl_shop_cart_in *)in =
		(struct sl_shop_cart_in){ request->sc_id };
	return sizeof(struct sl_shop_cart_in);
}

static int ask_address(const struct sl_form *form,
		       struct sl_shop_address *address)
{
	if (need(TEXT(form, "street1", address->street1)) < 0 ||
	    TEXT(form, "street2", address->street2) < 0 ||
	    need(TEXT(form, "city", address->city)) < 0 ||
	    TEXT(form, "state", address->state) < 0 ||
	    need(TEXT(form, "zip", address->zip)) < 0 ||
	    need(TEXT(form, "country", address->country)) < 0)
		return -EINVAL;
	return 0;
}

int sl_shop_ask_buy_request(struct sl_shop_request *request, void *in)
{
	const struct sl_form *form = &request->form;
	struct sl_shop_buy_request_in *buy = in;
	int known;

	memset(buy, 0, sizeof(*buy));
	buy->sc_id = request->sc_id;
	buy->random = request->random;
	known = TEXT(form, "uname", buy->uname);
	if (known < 0 || !request->sc_id)
		return -EINVAL;
	if (known)
		return need(TEXT(form, "passwd", buy->passwd)) < 0 ?
		       -EINVAL : (int)sizeof(*buy);
	if (need(TEXT(form, "fname", buy->fname)) < 0 ||
	    need(TEXT(form, "lname", buy->lname)) < 0 ||
	    ask_address(form, &buy->address) < 0 ||
	    need(TEXT(form, "phone", buy->phone)) < 0 ||
	    need(TEXT(form, "email", buy->email)) < 0 ||
	    sl_form_date(form, "birthdate", &buy->birthdate) < 0 ||
	    TEXT(form, "data", buy->data) < 0)
		return -EINVAL;
	return sizeof(*buy);
}

static bool is_card_number(const char *text)
{
	for (; *text; text++)
		if ((*text < '0' || *text > '9') && *text != ' ' &&
		    *text != '-')
			return false;
	return true;
}

int sl_shop_ask_buy_confirm(struct sl_shop_request *request, void *in)
{
	const struct sl_form *form = &request->form;
	struct sl_shop_buy_confirm_in *buy = in;
	u32 shipping;
	int elsewhere;

	memset(buy, 0, sizeof(*buy));
	buy->c_id = request->c_id;
	buy->sc_id = request->sc_id;
	buy->random = request->random;
	if (!buy->c_id || !buy->sc_id ||
	    need(TEXT(form, "cc_type", buy->cc_type)) < 0 ||
	    need(TEXT(form, "cc_number", buy->cc_number)) < 0 ||
	    !is_card_number(buy->cc_number) ||
	    need(TEXT(form, "cc_name", buy->cc_name)) < 0 ||
	    need(TEXT(form, "cc_expiry", buy->cc_expiry)) < 0 ||
	    need(sl_form_choice(form, "shipping", sl_shop_shipping,
				SL_SHOP_SHIPPINGS, &shipping)) < 0)
		return -EINVAL;
	buy->shipping = shipping;
	elsewhere = TEXT(form, "street1", buy->address.street1);
	if (elsewhere < 0 ||
	    (elsewhere && ask_address(form, &buy->address) < 0))
		return -EINVAL;
	buy->elsewhere = elsewhere;
	return sizeof(*buy);
}

int sl_shop_ask_order(struct sl_shop_request *request, void *in)
{
	struct sl_shop_order_in *order = in;

	memset(order, 0, sizeof(*order));
	if (need(TEXT(&request->form, "uname", order->uname)) < 0 ||
	    need(TEXT(&request->form, "passwd", order->passwd)) < 0)
		return -EINVAL;
	return sizeof(*order);
}

int sl_shop_ask_admin(struct sl_shop_request *request, void *in)
{
	const struct sl_form *form = &request->form;
	struct sl_shop_admin_in *admin = in;

	memset(admin, 0, sizeof(*admin));
	if (need(NUMBER(form, "i_id", &admin->i_id)) < 0 ||
	    need(sl_form_money(form, "cost", &admin->cost)) < 0 ||
	    need(TEXT(form, "image", admin->image)) < 0 ||
	    need(TEXT(form, "thumbnail", admin->thumbnail)) < 0 ||
	    !sl_shop_image_is_name((u8 *)admin->image,
				   strlen(admin->image)) ||
	    !sl_shop_image_is_name((u8 *)admin->thumbnail,
				   strlen(admin->thumbnail)))
		return -EINVAL;
	return sizeof(*admin);
}
