package analyze_test

import (
	"strings"
	"testing"

	"github.com/sqldedupe/sqldedupe/internal/analyze"
)

const (
	pointSelect = "SELECT id, name, email FROM users WHERE id = $1"
	report      = "SELECT u.id, u.name, count(*) AS n, sum(o.total) FROM users u JOIN orders o ON o.user_id = u.id " +
		"LEFT JOIN countries c ON c.code = u.country WHERE o.created_at >= $1 AND o.state IN ('paid', 'sent') " +
		"AND (u.kind = $2 OR u.kind IS NULL) GROUP BY u.id, u.name HAVING count(*) > 3 ORDER BY n DESC LIMIT 20"
)

func BenchmarkAnalyze(b *testing.B) {
	union := func(size int) string {
		n := 1 + size/len(report)
		return strings.Repeat("("+report+") UNION ALL ", n-1) + "(" + report + ")"
	}
	for name, query := range map[string]string{
		"point": pointSelect, "report": report, "1KB": union(700), "3KB": union(2800),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(query)))
			for b.Loop() {
				if f := analyze.Analyze(analyze.Postgres, 0, query); !f.Cacheable {
					b.Fatal(f.Reason)
				}
			}
		})
	}
}

func BenchmarkCanonical(b *testing.B) {
	for name, query := range map[string]string{
		"plain": pointSelect, "traced": "/* traceparent=00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01 */ " + pointSelect,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				analyze.Canonical(analyze.Postgres, 0, query)
			}
		})
	}
}
