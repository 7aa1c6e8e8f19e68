package resultcache_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/sqldedupe/sqldedupe/resultcache"
)

func described() resultcache.Column {
	return resultcache.Column{
		Name: "price", DatabaseType: "NUMERIC", ScanType: reflect.TypeFor[float64](),
		Length: 9, Precision: 10, Scale: 2,
		HasLength: true, Nullable: true, HasNullable: true, HasPrecisionScale: true,
	}
}

// hazard H47: every accessor's answer is kept, and one that differs makes the columns differ.
func TestColumnsEqual(t *testing.T) {
	shape := resultcache.ShapeScanType | resultcache.ShapeLength
	base := resultcache.NewColumns(shape, []resultcache.Column{described()})
	if got := base.At(0); got != described() || base.Len() != 1 || base.Shape() != shape {
		t.Errorf("kept %+v, shape %b", got, base.Shape())
	}
	if !base.Equal(resultcache.NewColumns(shape, []resultcache.Column{described()})) {
		t.Error("the same columns are not equal")
	}
	if base.Equal(resultcache.NewColumns(0, []resultcache.Column{described()})) {
		t.Error("equal in spite of the shape")
	}
	for i := range reflect.TypeFor[resultcache.Column]().NumField() {
		col := described()
		field := reflect.ValueOf(&col).Elem().Field(i)
		field.SetZero()
		if base.Equal(resultcache.NewColumns(shape, []resultcache.Column{col})) {
			t.Errorf("equal in spite of field %d", i)
		}
	}
}

func TestShapeHas(t *testing.T) {
	s := resultcache.ShapeNullable | resultcache.ShapePrecisionScale
	if !s.Has(resultcache.ShapeNullable) || !s.Has(s) || s.Has(s|resultcache.ShapeLength) || !s.Has(0) {
		t.Error("Has is wrong")
	}
}

// hazards H48, H50: names may repeat or be empty, and folding them in place changes nobody else's.
func TestNamesBelongToTheCaller(t *testing.T) {
	in := []resultcache.Column{{Name: "ID"}, {Name: ""}, {Name: "ID"}}
	cols := resultcache.NewColumns(0, in)
	in[0].Name = "changed"
	names := cols.Names()
	names[0] = "id"
	_ = append(names, "more")
	if got := cols.AppendNames(make([]string, 0, 3)); !slices.Equal(got, []string{"ID", "", "ID"}) {
		t.Errorf("names are %q", got)
	}
}
