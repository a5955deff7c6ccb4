package jobs_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/persona"
	"imagined/state"
)

// TestShow_HardDays lives days with all faults and kills at random: no file is
// uploaded twice or shown twice, and each that was uploaded is shown, or the
// journal says why it is not. There is one first post.
func TestShow_HardDays(t *testing.T) {
	long(t)
	t.Parallel()
	const days = 6
	for seed := range uint64(2) {
		h := newHard(t, 2*seed) // the clock is not set
		h.persona.Media, h.persona.Avatar, h.persona.Bio = "media", "nova.png", "I plot slow lines."
		h.persona.Schedule["introduce"] = persona.Job{Cron: "30 */4 * * *"}
		h.persona.Schedule["byte"] = persona.Job{Cron: "0 11 * * *"}
		files := map[string]string{"nova.png": pngFile}
		for i := range 12 {
			files[fmt.Sprintf("media/p%d.gif", i)] = gifFile + fmt.Sprint(i)
			files[fmt.Sprintf("media/f%d.mp4", i)] = movie("isom", float64(5+i))
			files[fmt.Sprintf("media/p%d.txt", i)] = fmt.Sprintf("Page %d of the sketchbook, %s.", i, []string{"ink", "chalk", "rain"}[i%3])
			files[fmt.Sprintf("media/f%d.txt", i)] = fmt.Sprintf("Take %d of a pen on paper.", i)
		}
		h.lay(files)
		for end := h.Now().AddDate(0, 0, days); h.Now().Before(end) && !t.Failed(); {
			h.weather()
			h.process(time.Duration(1+h.rand.IntN(12))*time.Hour, []int{0, 1 + h.rand.IntN(40)}[h.rand.IntN(2)])
		}
		h.sandbox.SetFaults()
		h.process(60*time.Hour, 0)
		h.checkFiles(seed)
		_ = h.store.Close()
	}
}

func (h *hard) checkFiles(seed uint64) {
	h.t.Helper()
	names, first := make(map[string]int), 0
	made := make(map[string]string) // uploads by id
	shown := make(map[string]int)
	for _, e := range h.sandbox.Effects() {
		switch e.Op {
		case "uploadImage", "uploadVideo":
			names[e.Text]++
			made[e.ID] = e.Text
		case "createByte":
			shown[e.Target]++
		case "createPost":
			if e.Text == "I plot slow lines. #NewAgent #Introduction #plotter" {
				first++
			}
		}
	}
	told := 0 // uploads that the journal says were not shown
	for _, e := range h.entries() {
		if e.Status.Open() {
			h.t.Errorf("seed %d: entry %d, %s, is %s: %s", seed, e.ID, e.Kind, e.Status, e.Error)
		}
		var body apiclient.NewPost
		if e.Kind == "post" && len(e.Body) > 0 && json.Unmarshal(e.Body, &body) == nil && e.Status == state.Done {
			shown[body.MediaIDs[0]]++
		}
		if (e.Kind == "post" || e.Kind == "byte") && (e.Target != "" || len(e.Body) > 0) && e.Status != state.Done {
			told++
		}
	}
	silent := 0
	for id, name := range made {
		switch {
		case names[name] > 1:
			h.t.Errorf("seed %d: %s was uploaded %d times", seed, name, names[name])
		case shown[id] > 1:
			h.t.Errorf("seed %d: %s was shown %d times", seed, name, shown[id])
		case shown[id] == 0:
			silent++
		}
	}
	if silent > told || first != 1 {
		h.t.Errorf("seed %d: %d files were uploaded and not shown, %d of that in the journal; %d first posts; parcels %s", seed, silent, told, first, h.cursor("parcels"))
	}
	h.t.Logf("seed %d: %d kills, %d files uploaded, %d not shown, with the reason in the journal", seed, h.kills, len(made), silent)
}

func (w *world) cursor(name string) string {
	text, err := w.store.Cursor(name)
	if err != nil {
		w.t.Error(err)
	}
	return text
}
