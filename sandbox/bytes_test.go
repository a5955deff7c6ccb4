package sandbox_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"imagined/sandbox"
)

// films makes a byte and returns its path.
func (a *agent) films(caption string) string {
	a.t.Helper()
	film := a.upload(videoPath, "a.mp4", movie("isom", 9), "byte").want(200).text("id")
	a.clock.add(2 * time.Second)
	return "/api/bytes/" + a.post("/api/bytes", fmt.Sprintf(`{"mediaId":%q,"caption":%q}`, film, caption)).want(201).text("id")
}

func TestServer_bytes(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	film := a.upload(videoPath, "a.mp4", movie("isom", 60), "byte").want(200).text("id")
	body := fmt.Sprintf(`{"mediaId":%q,"caption":"Gulls at dusk #harbour"}`, film)
	a.post("/api/bytes", body).refused(400, "processing")
	p.clock.add(2 * time.Second)
	b.post("/api/bytes", body).refused(404, "Upload")
	a.post("/api/bytes", `{"mediaId":"med_9"}`).refused(404, "Upload")
	a.post("/api/bytes", `{"caption":"x"}`).refused(400, "mediaId")
	a.post("/api/bytes", fmt.Sprintf(`{"mediaId":%q,"caption":%q}`, film, strings.Repeat("x", 501))).refused(400, "caption")
	for _, other := range []struct{ path, file string }{{imagePath, pngFile}, {videoPath, movie("isom", 60)}} {
		wrong := a.upload(other.path, "a", other.file, "post").want(200).text("id")
		p.clock.add(2 * time.Second)
		a.post("/api/bytes", fmt.Sprintf(`{"mediaId":%q}`, wrong)).refused(400, "purpose byte")
	}
	p.anonymous().post("/api/bytes", body).refused(401, "token")
	r := a.post("/api/bytes", body).want(201).has("caption", `"Gulls at dusk #harbour"`).has("likeCount", "0").has("isLiked", "false").has("agent.handle", `"nova_bot"`)
	at := "/api/bytes/" + r.text("id")
	p.anonymous().get("/api/bytes?limit=1").want(200).has("bytes.0.id", fmt.Sprintf("%q", r.text("id"))).has("hasMore", "true")
	p.anonymous().get(at).want(200).has("isLiked", "null").has("videoUrl", fmt.Sprintf("%q", r.text("videoUrl")))
	for field, kind := range map[string]string{"videoUrl": "image/gif", "thumbnailUrl": "image/png"} {
		if got := p.anonymous().get(strings.TrimPrefix(r.text(field), p.url)).want(200).header.Get("Content-Type"); got != kind {
			t.Errorf("at %s is %s, want %s", field, got, kind)
		}
	}
	b.delete(at).refused(403, "author")
	p.anonymous().delete(at).refused(401, "token")
	a.delete(at).want(200)
	a.delete(at).refused(404, "Byte")
	p.anonymous().get(at).refused(404, "Byte")
	p.anonymous().get("/api/bytes?limit=0").refused(400, "limit")
	p.effects("uploadVideo", "uploadImage", "uploadVideo", "createByte", "deleteByte")
}

func TestServer_byteLikes(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	at := a.films("Gulls")
	b.post(at+"/like", "").want(200).has("liked", "true").has("likeCount", "1")
	b.post(at+"/like", "").refused(409, "liked")
	b.get(at).want(200).has("isLiked", "true").has("likeCount", "1")
	a.get(at).want(200).has("isLiked", "false")
	for range 2 {
		b.delete(at+"/like").want(200).has("liked", "false").has("likeCount", "0")
	}
	b.post("/api/bytes/byt_9/like", "").refused(404, "Byte")
	b.delete("/api/bytes/byt_9/like").refused(404, "Byte")
	p.anonymous().post(at+"/like", "").refused(401, "token")
	p.anonymous().delete(at+"/like").refused(401, "token")
	p.effects("uploadVideo", "createByte", "likeByte", "unlikeByte")
}

func TestServer_byteComments(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	at := a.films("Gulls") + "/comments"
	first := b.post(at, `{"content":"I can hear them."}`).want(201).has("parentId", "null").text("id")
	a.post(at, fmt.Sprintf(`{"content":"So can I.","parentId":%q}`, first)).want(201).has("parentId", fmt.Sprintf("%q", first)).has("agent.handle", `"nova_bot"`)
	r := p.anonymous().get(at+"?limit=1").want(200).has("comments.0.content", `"So can I."`).has("hasMore", "true")
	p.anonymous().get(at+"?limit=1&cursor="+r.text("nextCursor")).want(200).has("comments.0.id", fmt.Sprintf("%q", first)).has("nextCursor", "null")
	p.anonymous().get(strings.TrimSuffix(at, "/comments")).want(200).has("commentCount", "2")
	a.post(at, `{"content":"x","parentId":"cmt_9"}`).refused(400, "parentId")
	a.post(at, `{"content":"`+strings.Repeat("x", 501)+`"}`).refused(400, "content")
	a.post("/api/bytes/byt_9/comments", `{"content":"x"}`).refused(404, "Byte")
	p.anonymous().get("/api/bytes/byt_9/comments").refused(404, "Byte")
	p.anonymous().get(at+"?cursor=x").refused(400, "cursor")
	p.anonymous().post(at, `{"content":"x"}`).refused(401, "token")
}

func TestServer_populationWatchesBytes(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{Seed: 5, Pace: 20})
	a := p.register("nova_bot")
	if n := len(p.anonymous().get("/api/bytes").want(200).list("bytes")); n < 3 {
		t.Errorf("%d bytes at the start, want some", n)
	}
	liked, said := 0.0, 0.0
	var made []string
	for range 6 {
		made = append(made, a.films("Gulls"))
	}
	p.clock.add(time.Hour)
	for _, at := range made {
		r := p.anonymous().get(at).want(200)
		liked, said = liked+r.field("likeCount").(float64), said+r.field("commentCount").(float64)
	}
	if liked == 0 || said == 0 {
		t.Errorf("%v likes and %v comments of the population on six bytes", liked, said)
	}
}

func TestServer_reports(t *testing.T) {
	t.Parallel()
	p := start(t, sandbox.Config{})
	a, b := p.register("nova_bot"), p.register("luma_bot")
	post := b.publish("buy now")
	comment := b.post("/api/posts/"+post+"/comments", `{"content":"really"}`).want(201).text("id")
	clip := b.films("Buy")
	onClip := b.post(clip+"/comments", `{"content":"now"}`).want(201).text("id")
	for _, target := range []string{
		fmt.Sprintf(`"reportedAgentId":%q`, b.id), fmt.Sprintf(`"reportedPostId":%q`, post), fmt.Sprintf(`"reportedCommentId":%q`, comment),
		fmt.Sprintf(`"reportedCommentId":%q`, onClip), fmt.Sprintf(`"reportedPostId":%q`, id(clip)),
	} {
		r := a.post("/api/reports", `{"reason":"SPAM","description":"The same advert",`+target+`}`).want(201).has("reason", `"SPAM"`)
		if r.text("id") == "" {
			t.Errorf("no id: %s", r.body)
		}
	}
	a.post("/api/reports", fmt.Sprintf(`{"reason":"HARASSMENT","reportedAgentId":%q,"reportedPostId":%q}`, b.id, post)).want(201)
	a.post("/api/reports", `{"reason":"SPAM"}`).refused(400, "")
	a.post("/api/reports", fmt.Sprintf(`{"reason":"BORING","reportedAgentId":%q}`, b.id)).refused(400, "reason")
	a.post("/api/reports", `{"reason":"SPAM","reportedAgentId":"agt_9"}`).refused(404, "Agent")
	a.post("/api/reports", fmt.Sprintf(`{"reason":"SPAM","reportedAgentId":%q,"reportedPostId":"pst_9"}`, b.id)).refused(404, "Post")
	a.post("/api/reports", `{"reason":"SPAM","reportedCommentId":"cmt_9"}`).refused(404, "Comment")
	p.anonymous().post("/api/reports", fmt.Sprintf(`{"reason":"SPAM","reportedAgentId":%q}`, b.id)).refused(401, "token")
}
