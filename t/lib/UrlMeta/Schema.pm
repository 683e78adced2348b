package UrlMeta::Schema;

# The part of JSON Schema 2020-12 that docs/card.schema.json uses.  A keyword
# it does not know is an error, so that none is passed over.

use strict;
use warnings;

use B ();
use JSON::PP ();

my %annotation = map { $_ => 1 } qw(
    $schema $id $defs $comment title description examples default format
);


sub new {
    my ($class, $file) = @_;

    open my $in, '<', $file or die "$file: $!";
    local $/;

    return bless {schema => JSON::PP->new->utf8->decode(<$in>)}, $class;
}


# What contradicts the schema, a line each.

sub errors {
    my ($self, $value) = @_;
    return $self->check($value, $self->{schema}, '');
}


sub type_of {
    my ($value) = @_;

    return 'null' if !defined $value;
    return 'boolean' if JSON::PP::is_bool($value);
    return 'array' if ref $value eq 'ARRAY';
    return 'object' if ref $value eq 'HASH';

    my $flags = B::svref_2object(\$value)->FLAGS;
    return 'string' if $flags & B::SVp_POK;

    return $value == int $value ? 'integer' : 'number';
}


sub check {
    my ($self, $value, $schema, $path) = @_;

    if (JSON::PP::is_bool($schema)) {
        return $schema ? () : "$path: not allowed";
    }

    my $type = type_of($value);
    my @errors;

    my $bad = sub { push @errors, ($path || '/') . ": $_[0]"; return };

    for my $keyword (sort keys %$schema) {
        my $rule = $schema->{$keyword};
        next if $annotation{$keyword};

        if ($keyword eq 'type') {
            my @types = ref $rule ? @$rule : $rule;
            $bad->("$type, not @types")
                if !grep { $_ eq $type
                           || $_ eq 'number' && $type eq 'integer' } @types;

        } elsif ($keyword eq '$ref') {
            my ($name) = $rule =~ m{^#/\$defs/(\w+)$} or die "\$ref $rule";
            my $target = $self->{schema}{'$defs'}{$name} or die "no $name";
            push @errors, $self->check($value, $target, $path);

        } elsif ($keyword eq 'anyOf') {
            my @all = map { [$self->check($value, $_, $path)] } @$rule;
            $bad->('none of anyOf: ' . join ' | ', map { @$_ } @all)
                if !grep { !@$_ } @all;

        } elsif ($keyword eq 'enum') {
            $bad->('not in enum')
                if !grep { defined $_ ? defined $value && $_ eq $value
                                      : !defined $value } @$rule;

        } elsif ($keyword =~ /^(?:min|max)Length$/) {
            next if $type ne 'string';
            $bad->("$keyword $rule: " . length $value)
                if $keyword eq 'minLength' ? length $value < $rule
                                           : length $value > $rule;

        } elsif ($keyword eq 'pattern') {
            $bad->("pattern $rule: $value")
                if $type eq 'string' && $value !~ /$rule/;

        } elsif ($keyword eq 'minimum' || $keyword eq 'maximum') {
            next if $type ne 'integer' && $type ne 'number';
            $bad->("$keyword $rule: $value")
                if $keyword eq 'minimum' ? $value < $rule : $value > $rule;

        } elsif ($keyword eq 'maxItems') {
            $bad->("maxItems $rule: " . @$value)
                if $type eq 'array' && @$value > $rule;

        } elsif ($keyword eq 'items') {
            next if $type ne 'array';
            push @errors, map { $self->check($value->[$_], $rule,
                                             "$path/$_") } 0 .. $#$value;

        } elsif ($keyword eq 'properties') {
            next if $type ne 'object';
            push @errors, map { $self->check($value->{$_}, $rule->{$_},
                                             "$path/$_") }
                          grep { exists $value->{$_} } sort keys %$rule;

        } elsif ($keyword eq 'additionalProperties') {
            next if $type ne 'object';
            my @more = grep { !exists $schema->{properties}{$_} }
                       sort keys %$value;

            for (@more) {
                if (JSON::PP::is_bool($rule)) {
                    $bad->("unknown property $_") if !$rule;

                } else {
                    push @errors, $self->check($value->{$_}, $rule,
                                               "$path/$_");
                }
            }

        } elsif ($keyword eq 'required') {
            next if $type ne 'object';
            $bad->("no $_") for grep { !exists $value->{$_} } @$rule;

        } elsif ($keyword eq 'dependentRequired') {
            next if $type ne 'object';
            for my $if (grep { exists $value->{$_} } sort keys %$rule) {
                $bad->("$if without $_")
                    for grep { !exists $value->{$_} } @{$rule->{$if}};
            }

        } else {
            die "unknown keyword $keyword";
        }
    }

    return @errors;
}

1;
