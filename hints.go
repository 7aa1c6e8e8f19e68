package sqldedupe

import (
	"context"
	"strings"
	"time"
)

// hints is what a caller asks for one read: through its context, or through a
// leading comment of its statement.
type hints struct {
	bypass  bool
	refresh bool
	ttl     time.Duration
	hasTTL  bool
	maxAge  time.Duration
	hasAge  bool
	tag     string
	outcome *Outcome
}

type hintsKey struct{}

// noHints is what a context without hints asks for.
var noHints hints

func hintsOf(ctx context.Context) *hints {
	if h, ok := ctx.Value(hintsKey{}).(*hints); ok {
		return h
	}
	return &noHints
}

// with returns ctx with its hints changed by f.
func with(ctx context.Context, f func(*hints)) context.Context {
	h := *hintsOf(ctx)
	f(&h)
	return context.WithValue(ctx, hintsKey{}, &h)
}

// WithBypass makes reads under ctx run on the database, as if the plain driver
// were used; their results are neither shared nor kept.
func WithBypass(ctx context.Context) context.Context {
	return with(ctx, func(h *hints) { h.bypass = true })
}

// WithRefresh makes reads under ctx run on the database, shared with whoever
// asks at the same time, and their results replace what was kept.
func WithRefresh(ctx context.Context) context.Context {
	return with(ctx, func(h *hints) { h.refresh = true })
}

// WithTTL replaces the policy's ttl for reads under ctx: neither is an older
// entry answered from, nor is one kept for longer. 0 or less keeps nothing.
// A ttl does not make a statement cacheable that is not, nor a table whose
// policy is off.
func WithTTL(ctx context.Context, ttl time.Duration) context.Context {
	return with(ctx, func(h *hints) { h.ttl, h.hasTTL = max(ttl, 0), true })
}

// WithMaxAge keeps reads under ctx from being answered by an entry older than
// age. 0 or less accepts none, but may still share a running query.
func WithMaxAge(ctx context.Context, age time.Duration) context.Context {
	return with(ctx, func(h *hints) { h.maxAge, h.hasAge = age, true })
}

// refuses reports whether an entry of age must not answer.
func (h *hints) refuses(age time.Duration) bool {
	return h.hasAge && (age > h.maxAge || h.maxAge <= 0)
}

// WithTag gives reads under ctx an application tag, which rules of the policy
// file may match.
func WithTag(ctx context.Context, tag string) context.Context {
	return with(ctx, func(h *hints) { h.tag = tag })
}

// WithOutcome makes reads under ctx tell o what happened to them. o is written
// before the read returns and must not be shared by concurrent reads.
func WithOutcome(ctx context.Context, o *Outcome) context.Context {
	return with(ctx, func(h *hints) { h.outcome = o })
}

// withComment returns h with the words of a leading comment applied:
// `off`, `refresh`, `ttl=30s`, `max_age=5s`, `tag=name`, separated by commas,
// semicolons or spaces. A word that is not understood makes the read bypass:
// whoever wrote it wanted something, and the database is always right.
func (h *hints) withComment(comment string) *hints {
	if comment == "" {
		return h
	}
	out := *h
	for _, word := range strings.FieldsFunc(comment, isHintSeparator) {
		out.apply(word)
	}
	return &out
}

func isHintSeparator(r rune) bool { return strings.ContainsRune(",; \t\r\n", r) }

func (h *hints) apply(word string) {
	name, value, _ := strings.Cut(word, "=")
	switch name {
	case "off", "bypass":
		h.bypass = true
	case "refresh":
		h.refresh = true
	case "tag":
		h.tag = value
	case "ttl":
		h.ttl, h.hasTTL = parseHint(h, value), true
	case "max_age":
		h.maxAge, h.hasAge = parseHint(h, value), true
	default:
		h.bypass = true
	}
}

func parseHint(h *hints, value string) (d time.Duration) {
	if err := setDuration(&d, value); err != nil || d < 0 || d > maxTTL {
		h.bypass = true
	}
	return d
}
