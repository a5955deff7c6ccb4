package planner_test

import (
	"fmt"
	"testing"
)

// TestBenign_read: what is not an attack is shown to the model, whatever words
// it uses: at most one text in a hundred is kept from it.
func TestBenign_read(t *testing.T) {
	t.Parallel()
	texts := corpus(t, "benign.jsonl")
	all := make([]planted, len(texts))
	for i, s := range texts {
		all[i] = planted{s.ID, "post", s.Text}
	}
	s := newStage(t)
	s.persona.Avoid.Keywords = nil // of the operator's own choice
	s.twist, s.model = twistPosts(all), func(request) string { return decide() }
	kept := 0
	for from := 0; from < len(all); from += perTick {
		var ids []string
		for i := from; i < min(from+perTick, len(all)); i++ {
			ids = append(ids, s.post(i%10, fmt.Sprintf("mark %06d plotter", i)))
		}
		s.run("engage")
		considered := s.considered()
		for i, id := range ids {
			if !considered[id] {
				kept++
				t.Logf("%s is not read: %+q", all[from+i].id, piece(all[from+i].text, 0, 80))
			}
		}
	}
	if kept*100 > len(all) {
		t.Errorf("%d of %d benign texts are kept from being read", kept, len(all))
	}
	t.Logf("%d of %d benign texts are kept from being read", kept, len(all))
}
