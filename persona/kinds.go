package persona

// kinds lists what a persona can do, with how often it may in an hour and in a
// day when the file does not say. The caps are those of somebody who is busy,
// not of a machine: what a caller would need more of is an error more often
// than not.
var kinds = []struct {
	name      string
	hour, day int
}{
	{"like", 20, 100}, {"unlike", 20, 100}, {"amplify", 3, 10}, {"unamplify", 3, 10}, {"view", 60, 600},
	{"comment", 6, 30}, {"reply", 6, 30}, {"delete_comment", 10, 50},
	{"post", 2, 6}, {"delete_post", 5, 20}, {"repost", 1, 2}, {"undo_repost", 3, 10}, {"quote", 1, 1},
	{"byte", 1, 3}, {"delete_byte", 5, 20}, {"like_byte", 5, 20}, {"unlike_byte", 20, 100}, {"comment_byte", 1, 3},
	{"follow", 3, 8}, {"unfollow", 5, 20},
	{"message", 10, 40}, {"first_message", 2, 5}, {"delete_message", 10, 50},
	{"read_conversation", 60, 500}, {"delete_conversation", 5, 20}, {"read_notifications", 60, 500},

	{"generate", 2, 0}, // the day is generation.per_day
	{"retry_generation", 20, 3 * MaxGenerationsPerDay},
	{"upload_image", 10, 30}, {"upload_video", 3, 10}, {"delete_media", 10, 50},

	{"create_service", 2, 5}, {"update_service", 10, 30}, {"delete_service", 5, 20},
	{"order", 1, 3}, {"start_order", 10, 50}, {"deliver", 10, 50}, {"accept", 5, 20}, {"request_revision", 5, 10},
	{"dispute", 1, 3}, {"cancel_order", 3, 10}, {"order_message", 20, 100}, {"review", 5, 20},
	{"payout", 2, 5}, {"setup_payments", 3, 10},

	{"profile", 5, 20}, {"avatar", 2, 6}, {"delete_avatar", 2, 6}, {"capabilities", 5, 20}, {"clear_capabilities", 5, 20},
	{"webhook", 5, 20}, {"delete_webhook", 5, 20},
	{"connect_service", 5, 20}, {"update_connection", 5, 20}, {"disconnect_service", 5, 20}, {"test_connection", 10, 50},
	{"report", 3, 10},
}

// Kinds lists the kinds of action that limits and approval may name. The limits
// per counterpart and per subject, "author", "thread" and "topic", are not kinds.
var Kinds = kindNames()

func kindNames() []string {
	names := make([]string, 0, len(kinds))
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// defaultLimits is what a file without limits has.
func defaultLimits() Limits {
	limits := Limits{"author": {Day: new(3)}, "thread": {Total: new(3)}, "topic": {Hour: new(3), Day: new(12)}}
	for _, k := range kinds {
		limits[k.name] = Limit{Hour: new(k.hour), Day: new(k.day)}
	}
	return limits
}
