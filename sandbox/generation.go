package sandbox

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"imagined/contract"
)

// lately is how long listPendingGenerations shows a failed job. The platform
// says "lately failed" and no more.
const lately = time.Hour

// job is one generation.
type job struct {
	ID        string        `json:"id"`
	Seq       uint64        `json:"seq"`
	Agent     string        `json:"agent"`
	Provider  string        `json:"provider"`
	Type      string        `json:"type"`
	Prompt    string        `json:"prompt"`
	Model     string        `json:"model"`
	Content   string        `json:"content,omitempty"`
	Status    string        `json:"status"`
	Error     string        `json:"error,omitempty"`
	Retries   int           `json:"retries"`
	Why       string        `json:"why,omitempty"`   // why this attempt fails, when the provider has a reason
	Fails     bool          `json:"fails,omitempty"` // whether this attempt will
	Media     string        `json:"media,omitempty"` // path on this server
	Post      string        `json:"post,omitempty"`
	Created   time.Time     `json:"created"`
	Completed time.Time     `json:"completed,omitzero"`
	Failed    time.Time     `json:"failed,omitzero"`
	Life      time.Duration `json:"life"` // from start to completed
}

// The states of a job.
const (
	statusPending    = "pending"
	statusGenerating = "generating"
	statusUploading  = "uploading"
	statusCompleted  = "completed"
	statusFailed     = "failed"
)

// The stages of an attempt, in the order of their times.
const (
	stageGenerate uint64 = iota
	stageUpload
	stageComplete
	stageTimeout
)

func (j *job) running() bool {
	return j.Status == statusPending || j.Status == statusGenerating || j.Status == statusUploading
}

func (s *Server) startGeneration(c *call) (any, error) {
	var req struct {
		Provider string         `json:"provider"`
		Prompt   string         `json:"prompt"`
		Type     string         `json:"generationType"`
		Content  string         `json:"content"`
		Model    string         `json:"model"`
		Params   map[string]any `json:"params"`
	}
	if err := c.decode(&req); err != nil {
		return nil, err
	}
	if _, ok := contract.Capabilities[req.Provider][req.Type]; !ok {
		return nil, badRequest("generationType", fmt.Sprintf("%s cannot generate %s", req.Provider, req.Type))
	}
	if err := checkParams(req.Provider, req.Type, req.Params); err != nil {
		return nil, err
	}
	if sv := c.agent.service(req.Provider); sv == nil || !sv.Active {
		return nil, badRequest("provider", req.Provider+" is not connected")
	}
	if err := s.world.roomForJob(c.agent); err != nil {
		return nil, err
	}
	// Any model passes, as on the platform, which leaves the check to the provider.
	if req.Model == "" {
		req.Model = models[req.Provider][req.Type][0].ID
	}
	j := &job{
		ID: s.world.clientID("job"), Seq: s.world.seq(), Agent: c.agent.ID, Provider: req.Provider, Type: req.Type,
		Prompt: req.Prompt, Model: req.Model, Content: req.Content, Created: c.now,
	}
	s.world.Jobs = append(s.world.Jobs, j)
	s.begin(j, c.now)
	s.effect(c, req.Provider, req.Prompt, j.ID)
	return startedJSON{j.ID, j.Status}, nil
}

type startedJSON struct {
	JobID  string `json:"jobId"`
	Status string `json:"status"`
}

func (w *world) roomForJob(a *agent) error {
	running := 0
	for _, j := range w.Jobs {
		if j.Agent == a.ID && j.running() {
			running++
		}
	}
	if running >= contract.MaxGenerations {
		return badRequest("generation", fmt.Sprintf("%d jobs are running, and more are not allowed", running))
	}
	return nil
}

// begin starts an attempt and puts its stages on the agenda.
func (s *Server) begin(j *job, now time.Time) {
	j.Status, j.Error, j.Failed, j.Life = statusPending, "", time.Time{}, s.cfg.GenerationTime
	attempt := uint64(j.Retries) // #nosec G115 -- it counts up from 0
	r := s.world.rand(streamGenerations, fingerprint(j.ID)+attempt)
	j.Fails, j.Why = r.Float64() < s.cfg.FailGenerations, ""
	if sv := s.world.agents[j.Agent].service(j.Provider); sv != nil && sv.Trouble != "" {
		j.Fails, j.Why = true, sv.Trouble
	}
	for stage, after := range []time.Duration{
		stageGenerate: j.Life / 3, stageUpload: j.Life * 2 / 3, stageComplete: j.Life, stageTimeout: contract.GenerationTimeout,
	} {
		s.world.schedule(due{At: now.Add(after), Do: doStep, ID: j.ID, Draw: attempt<<8 | uint64(stage)}) // #nosec G115
	}
}

// step moves a job on, unless the step belongs to an attempt that has ended.
func (w *world) step(d due) {
	j := w.job(d.ID)
	if j == nil || !j.running() || uint64(j.Retries) != d.Draw>>8 { // #nosec G115
		return
	}
	switch stage := d.Draw & 0xff; {
	case stage == stageTimeout:
		j.fail(d.At, "Timed out after 5 minutes")
	case stage == stageGenerate:
		j.Status = statusGenerating
	case j.Fails:
		j.fail(d.At, cmp.Or(j.Why, "The provider could not generate this"))
	case stage == stageUpload:
		j.Status = statusUploading
	case stage == stageComplete:
		w.complete(j, d.At)
	}
}

func (j *job) fail(at time.Time, why string) {
	j.Status, j.Error, j.Failed = statusFailed, why, at
}

// complete publishes the result. Sound comes in a TEXT post, as the contract
// has no kind of post for it.
func (w *world) complete(j *job, at time.Time) {
	kind := map[string]string{"image": "IMAGE", "video": "VIDEO"}[j.Type]
	j.Status, j.Completed, j.Media = statusCompleted, at, mediaPath(j.Type, fingerprint(j.Prompt))
	p := &post{ID: w.clientID("pst"), Agent: j.Agent, Text: j.Content, MediaType: kind, Media: []string{j.Media}, At: at}
	w.addPost(p)
	j.Post = p.ID
}

func (w *world) job(id string) *job {
	i := slices.IndexFunc(w.Jobs, func(j *job) bool { return j.ID == id })
	if i < 0 {
		return nil
	}
	return w.Jobs[i]
}

func (j *job) json(c *call) jobJSON {
	out := jobJSON{
		ID: j.ID, PostID: orNull(j.Post), Provider: j.Provider, Type: j.Type, Prompt: j.Prompt, Model: orNull(j.Model),
		Status: j.Status, ErrorMessage: orNull(j.Error), RetryCount: j.Retries, PostContent: orNull(j.Content),
		CreatedAt: stamp(j.Created),
	}
	if j.Status == statusCompleted {
		out.ResultURL, out.CompletedAt = new(absolute(c, j.Media)), new(stamp(j.Completed))
	}
	return out
}

func (s *Server) listPendingGenerations(c *call) (any, error) {
	out := struct {
		Jobs []jobJSON `json:"jobs"`
	}{[]jobJSON{}}
	for _, j := range slices.Backward(s.world.Jobs) {
		shown := j.running() || j.Status == statusFailed && c.now.Sub(j.Failed) < lately
		if j.Agent == c.agent.ID && shown {
			out.Jobs = append(out.Jobs, j.json(c))
		}
	}
	return out, nil
}

func (s *Server) listGenerationHistory(c *call) (any, error) {
	jobs, end, err := page(c, s.world.Jobs, func(j *job) uint64 { return j.Seq }, func(j *job) bool { return j.Agent == c.agent.ID })
	if err != nil {
		return nil, err
	}
	out := struct {
		Jobs []jobJSON `json:"jobs"`
		pageJSON
	}{Jobs: []jobJSON{}, pageJSON: end}
	for _, j := range jobs {
		out.Jobs = append(out.Jobs, j.json(c))
	}
	return out, nil
}

type retriedJSON struct {
	JobID      string `json:"jobId"`
	Status     string `json:"status"`
	RetryCount int    `json:"retryCount"`
}

func (s *Server) retryGeneration(c *call) (any, error) {
	j := s.world.job(c.path["jobId"])
	switch {
	case j == nil:
		return nil, notFound("Job")
	case j.Agent != c.agent.ID:
		return nil, forbidden("Only the agent that started a job can retry it")
	case j.Status != statusFailed:
		return nil, badRequest("status", "only a failed job can be retried, this one is "+j.Status)
	case j.Retries >= contract.MaxRetries:
		return nil, badRequest("retryCount", fmt.Sprintf("%d retries are used up; start a new generation", j.Retries))
	}
	if err := s.world.roomForJob(c.agent); err != nil {
		return nil, err
	}
	j.Retries++
	s.begin(j, c.now)
	s.effect(c, j.ID, "", "")
	return retriedJSON{j.ID, j.Status, j.Retries}, nil
}

type modelJSON struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	IsDefault bool   `json:"isDefault"`
}

// models lists what listGenerationModels shows, the default first. The
// contract names no models; these are only likely.
var models = map[string]map[string][]modelJSON{
	"OPENAI": {"image": {{"gpt-image-1", "GPT Image 1", true}, {"gpt-image-1-mini", "GPT Image 1 mini", false}}},
	"RUNWARE": {
		"image": {{"runware:101@1", "FLUX.1 dev", true}, {"runware:100@1", "FLUX.1 schnell", false}},
		"video": {{"klingai:5@3", "Kling 2.1", true}},
	},
	"GOOGLE_GEMINI": {"image": {{"gemini-2.5-flash-image", "Gemini 2.5 Flash Image", true}}},
	"ELEVENLABS": {
		"voice":        {{"eleven_multilingual_v2", "Multilingual v2", true}},
		"sound_effect": {{"eleven_text_to_sound_v2", "Text to Sound v2", true}},
		"music":        {{"music_v1", "Music v1", true}},
	},
}

func (s *Server) listGenerationModels(c *call) (any, error) {
	list, ok := models[c.query.Get("provider")][c.query.Get("type")]
	if !ok {
		return nil, badRequest("type", c.query.Get("provider")+" cannot generate "+c.query.Get("type"))
	}
	return struct {
		Models []modelJSON `json:"models"`
	}{list}, nil
}
