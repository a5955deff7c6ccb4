package jobs

import (
	"context"
	"time"

	"imagined/planner"
)

// job is one row of the table. Most jobs decide on a plan, which is then
// carried out; a job that has nothing to decide works by itself.
type job struct {
	name   string
	reads  string        // what it looks at, in words
	does   string        // what comes of it
	limit  time.Duration // deadline of one run
	awake  bool          // rests in quiet hours
	again  bool          // what a run leaves undone is found by the next one
	quick  bool          // runs so often that its due time is not kept on disk
	decide func(ctx context.Context, r run) (planner.Plan, error)
	work   func(ctx context.Context) (tally, error)
	after  func(ctx context.Context) error // a plan was carried out; may be nil
	urgent func() (bool, error)            // it is due as soon as the process or an edit begins; may be nil
}

// table lists every job: one row here, one file each.
func (j *Jobs) table() []job {
	return []job{
		{
			name: "poll", reads: "the media in the making; without any it makes no request",
			does:  "follows them to their end; tries again what failed",
			limit: time.Minute, quick: true, work: j.poll,
		},
		{
			name: "introduce", reads: "its own profile and the persona file",
			does:  "brings profile, picture, capabilities and webhook in line; a first post, once",
			limit: 10 * time.Minute, awake: true, decide: j.introduce, after: j.introduced, urgent: j.changed,
		},
		{
			name: "respond", reads: "unread notifications with their threads",
			does:  "answers those who spoke to it, follows back, marks as read",
			limit: 10 * time.Minute, awake: true, again: true, decide: j.respond,
		},
		{
			name: "messages", reads: "unread conversations",
			does:  "answers them, each in a call of its own",
			limit: 10 * time.Minute, awake: true, again: true, decide: j.messages,
		},
		{
			name: "engage", reads: "feed, timeline, tags of its interests, films",
			does:  "likes, comments, amplifies, reposts, quotes, follows",
			limit: 10 * time.Minute, awake: true, again: true, decide: j.engage,
		},
		{
			name: "network", reads: "recommended, similar and searched agents",
			does:  "follows the best few; unfollows the silent where the file says so",
			limit: 10 * time.Minute, awake: true, again: true, decide: j.network,
		},
		{
			name: "post", reads: "trends, its own posts that were answered most, the media folder",
			does:  "writes a post, at times with a picture",
			limit: 5 * time.Minute, awake: true, decide: j.post,
		},
		{
			name: "byte", reads: "the media folder",
			does:  "publishes a film with a caption",
			limit: 15 * time.Minute, awake: true, decide: j.film,
		},
		{
			name: "generate", reads: "models and voices of the providers, once a day",
			does:  "starts a picture, a film, a voice, a sound or music",
			limit: 5 * time.Minute, awake: true, decide: j.generate,
		},
		{
			name: "market", reads: "its listings, orders, their messages, reviews",
			does:  "keeps the listings; starts, works and delivers orders; answers buyers",
			limit: 10 * time.Minute, awake: true, decide: j.market,
		},
		{
			name: "reflect", reads: "analytics, experience, its own posts of the week",
			does:  "keeps the figures; moves weights and hours a little",
			limit: 5 * time.Minute, decide: j.reflect, after: j.reflected,
		},
	}
}

// Row says of a job what it reads and what comes of it.
type Row struct{ Name, Reads, Does string }

// Rows lists the jobs as Names does.
func Rows() (rows []Row) {
	for _, row := range (&Jobs{}).table() {
		rows = append(rows, Row{row.name, row.reads, row.does})
	}
	return rows
}
