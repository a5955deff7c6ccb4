package sandbox

import (
	"net"
	"net/http"
	"strings"
)

// controlPath begins the paths of the sandbox's own doings, which are outside
// the contract: no token, no limit.
const controlPath = "/_sandbox/"

// aside answers what is neither an operation nor a file, and says whether it
// was that.
func (s *Server) aside(w http.ResponseWriter, r *http.Request) bool {
	reads := r.Method == http.MethodGet || r.Method == http.MethodHead
	switch at := r.URL.Path; {
	case at == "/" && reads:
		s.servePage(w, r)
	case at == stylePath && reads:
		serveStyle(w, r)
	case strings.HasPrefix(at, controlPath+"onboarding/") && reads:
		s.serveOnboarding(w, r)
	case strings.HasPrefix(at, controlPath+"checkout/") && reads:
		s.serveCheckout(w, r)
	case at == controlPath+"faults", at == controlPath+"effects":
		s.control(w, r)
	default:
		return false
	}
	return true
}

// control answers PUT and GET of /_sandbox/faults (as text, what ParseFaults
// reads) and GET of /_sandbox/effects (JSON). It answers callers on loopback
// that are no web pages: a page of any site could otherwise ask through the
// operator's browser.
func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	if ip := net.ParseIP(clientIP(r)); ip == nil || !ip.IsLoopback() || r.Header.Get("Origin") != "" {
		http.Error(w, "only for programs on this machine", http.StatusForbidden)
		return
	}
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, controlPath) {
	case "PUT faults":
		faults, err := ParseFaults(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.SetFaults(faults...)
		w.WriteHeader(http.StatusNoContent)
	case "GET faults":
		s.mu.Lock()
		faults := s.weather.list()
		s.mu.Unlock()
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		for _, f := range faults {
			_, _ = w.Write([]byte(f.String() + "\n")) // #nosec G705 -- plain text, and says so
		}
	case "GET effects":
		answer, err := encode(append([]Effect{}, s.Effects()...))
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		write(w, http.StatusOK, answer)
	default:
		http.Error(w, "use PUT or GET of /_sandbox/faults, or GET of /_sandbox/effects", http.StatusMethodNotAllowed)
	}
}
