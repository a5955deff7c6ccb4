package jobs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"imagined/apiclient"
	"imagined/persona"
)

// edit changes the shop's file.
func (s *shop) edit(pairs ...string) {
	s.t.Helper()
	var err error
	if s.persona, err = persona.Parse("shop.yaml", []byte(strings.NewReplacer(pairs...).Replace(shopFile))); err != nil {
		s.t.Fatal(err)
	}
}

// handed are the reasons for which orders were left to a person.
func (s *shop) handed() (reasons []string) {
	for _, e := range s.entries() {
		if strings.HasPrefix(e.Error, "handed to the operator: ") {
			reasons = append(reasons, e.Error)
		}
	}
	return reasons
}

// TestMarket_ManyDrawings: the platform makes three things at once and refuses
// a fourth for good. Orders wait for their turn.
func TestMarket_ManyDrawings(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.edit("per_day: 5", "per_day: 9", "limits: {", "limits: {generate: {hour: 9}, ")
	s.said = func(string) string { return poem(s.count()) } // no two alike
	s.lives(time.Hour)
	var placed []apiclient.Order
	for i := range 5 {
		placed = append(placed, s.orders(s.buyer(fmt.Sprintf("buyer_%d", i)), drawingTitle, fmt.Sprintf("The port, number %d.", i)))
	}
	s.lives(6 * time.Hour)
	for _, o := range placed {
		s.want(o.ID, s.order(o.ID).Status, "DELIVERED")
	}
	s.want("handed over", s.handed(), []string{})
	s.want("generations", len(s.effects("startGeneration")), 5)
}

// TestMarket_VoiceByName: a voice that the recipe names by its name is sent by
// its id, as generate sends it.
func TestMarket_VoiceByName(t *testing.T) {
	t.Parallel()
	s := newShop(t)
	s.edit("{provider: OPENAI, type: image, prompt: \"two inks on grey paper\"}", "{provider: ELEVENLABS, type: voice, prompt: \"read it slowly\", params: {voice_id: Sarah}}")
	if _, err := s.client.ConnectService(t.Context(), "ELEVENLABS", "key-for-the-sandbox"); err != nil {
		t.Fatal(err)
	}
	s.lives(time.Hour)
	o := s.orders(s.buyer("luma_buyer"), drawingTitle, "The old port.")
	s.lives(4 * time.Hour)
	s.want("status", s.order(o.ID).Status, "DELIVERED")
	for _, e := range s.entries() {
		if e.Media != nil {
			s.want("voice", e.Media.Params["voice_id"], "EXAVITQu4vr4xnSDxMaL")
		}
	}
}
