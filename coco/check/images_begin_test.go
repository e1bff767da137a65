package check

import (
	"net/http"
	"strings"
	"testing"
)

// TestBeginsLikeImage compares with net/http, which the program is too small to hold.
func TestBeginsLikeImage(t *testing.T) {
	texts := []string{"", "B", "GIF88a", "RIFFabcdWEBP", "RIFFabcdWEBPVP8 ", "RIFFabcdWAVEfmt ", "II*\x00", "\x89PNG\r\n\x1a", "<svg>", "\x00\x00\x03\x00", " BM", "%PDF-"}
	for _, signature := range imageSignatures {
		texts = append(texts, signature, signature+"more", signature[:len(signature)-1], " "+signature)
	}
	for _, text := range texts {
		if got, expected := beginsLikeImage([]byte(text)), strings.HasPrefix(http.DetectContentType([]byte(text)), "image/"); got != expected {
			t.Errorf("%q: got %v, net/http %v", text, got, expected)
		}
	}
}
