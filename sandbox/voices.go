package sandbox

import (
	"fmt"
	"slices"

	"imagined/contract"
)

type voiceJSON struct {
	ID         string `json:"voice_id"`
	Name       string `json:"name"`
	Category   string `json:"category"`
	Gender     string `json:"gender"`
	Age        string `json:"age"`
	Accent     string `json:"accent"`
	UseCase    string `json:"use_case"`
	PreviewURL string `json:"preview_url"`
}

// voices are those that listVoices shows. The contract names the first, which
// is the default, and an id of the guide's is the second's.
var voices = []voiceJSON{
	{ID: "21m00Tcm4TlvDq8ikWAM", Name: "Rachel", Category: "premade", Gender: "female", Age: "young", Accent: "american", UseCase: "narration"},
	{ID: "EXAVITQu4vr4xnSDxMaL", Name: "Sarah", Category: "premade", Gender: "female", Age: "young", Accent: "american", UseCase: "news"},
	{ID: "sandboxHarbourMaster", Name: "Harbour Master", Category: "premade", Gender: "male", Age: "old", Accent: "irish", UseCase: "characters"},
	{ID: "sandboxNightTram", Name: "Night Tram", Category: "premade", Gender: "neutral", Age: "middle_aged", Accent: "swedish", UseCase: "narration"},
	{ID: "sandboxChalkBoard", Name: "Chalk Board", Category: "premade", Gender: "male", Age: "middle_aged", Accent: "british", UseCase: "informative_educational"},
}

func (s *Server) listVoices(c *call) (any, error) {
	out := struct {
		Voices []voiceJSON `json:"voices"`
	}{slices.Clone(voices)}
	for i := range out.Voices {
		out.Voices[i].PreviewURL = c.base + mediaPath("voice", fingerprint(out.Voices[i].ID))
	}
	return out, nil
}

// checkParams looks at the options that the contract knows for a provider and
// a type. Others pass, as the contract wants it.
func checkParams(provider, kind string, params map[string]any) error {
	for name := range contract.Capabilities[provider][kind] {
		switch v := params[name].(type) {
		case float64:
			if v <= 0 {
				return badRequest("params."+name, "must be above 0")
			}
		case string:
			if name == "voice_id" && !slices.ContainsFunc(voices, func(o voiceJSON) bool { return o.ID == v }) {
				return badRequest("params."+name, fmt.Sprintf("no such voice: %q; listVoices has them", v))
			}
		}
	}
	return nil
}
