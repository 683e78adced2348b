#!/usr/bin/perl

# The native card against its schema, of demo pages and of real ones.

use lib 't/lib';
use UrlMeta::Test;

use JSON::PP ();
use UrlMeta::Schema;

my $root = project_root();
my $schema = UrlMeta::Schema->new("$root/docs/card.schema.json");

my $demo = "$root/conf-examples/quickstart/demo";
my $corpus = shared_path('corpus/dev');

# serves a page of the corpus under the type that its meta.json says

my $o = origin('*' => sub {
    my ($socket, $request) = @_;
    my ($name) = $request->{path} =~ m{^/([\w.-]+)$} or return [404];
    my $dir = "$corpus/$name";
    my $meta = JSON::PP->new->utf8->decode(read_file("$dir/meta.json"));
    return [200, $meta->{content_type} || 'text/html',
            read_file("$dir/page.html")];
});

my $pages = nginx(<<"EOF", module => 0);
    root $demo;
    types { text/html html; application/rss+xml xml; image/png png;
            video/webm webm; audio/wav wav; audio/ogg ogg; }
EOF

my $n = nginx(<<"EOF", debug => 0);
    urlmeta_allow @{[$pages->address]} @{[$o->address]};
    location /card { urlmeta \$arg_url; }
    location /details { urlmeta \$arg_url; urlmeta_details on; }
EOF

# the validator itself: each of these has to be caught

my $good = $n->card($pages->url('/article.html'))->json;
is_deeply([$schema->errors($good)], [], 'a card is valid');

for (['no title', sub { delete $_[0]{title} }],
     ['a title that is a number', sub { $_[0]{title} = 1 }],
     ['a title too long', sub { $_[0]{title} = 'x' x 301 }],
     ['an unknown key', sub { $_[0]{nonsense} = 1 }],
     ['a layout of another name', sub { $_[0]{layout} = 'huge' }],
     ['a URL of another scheme', sub { $_[0]{url} = 'javascript:x' }],
     ['an image without a URL', sub { delete $_[0]{image}{url} }],
     ['a width that is a string', sub { $_[0]{image}{width} = '720' }],
     ['tags that are no list', sub { $_[0]{tags} = 'a' }])
{
    my ($what, $change) = @$_;
    my $card = JSON::PP->new->decode(JSON::PP->new->encode($good));
    $change->($card);
    isnt(scalar(() = $schema->errors($card)), 0, "caught: $what");
}

# what the demo pages say

my %title = (
    'article.html' => qr/harbour/i,
    'product.html' => qr/./,
    'video.html' => qr/./,
    'recipe.html' => qr/./,
    'event.html' => qr/./,
    'shift_jis.html' => qr/[\x{3040}-\x{30ff}\x{4e00}-\x{9fff}]/,
    'title-only.html' => qr/./,
    'rtl.html' => qr/[\x{0600}-\x{06ff}]/,
    'feed.xml' => qr/./,
    'img/harbour.png' => qr/^harbour/,
);

for my $page (sort keys %title) {
    for my $location ('/card', '/details') {
        my $r = $n->card($pages->url("/$page"), location => $location);
        is($r->{code}, 200, "$location, $page: status");
        like($r->json->{title}, $title{$page}, "$location, $page: title");
        is_deeply([$schema->errors($r->json)], [], "$location, $page: schema");
        unlike($r->{body}, qr/[<>&\x00-\x1f\x7f]|\xe2\x80[\xa8\xa9]/,
               "$location, $page: no raw markup");
    }
}

is($n->card($pages->url('/shift_jis.html'))->json->{http}{charset},
   'shift_jis', 'Shift_JIS');
ok($n->card($pages->url('/product.html'))->json->{facts}{price},
   'a product has a price');

# real pages

SKIP: {
    skip 'no ../shared/corpus', 3 if !$corpus;

    opendir my $in, $corpus or die "$corpus: $!";
    my @names = sort grep { -e "$corpus/$_/page.html" } readdir $in;
    closedir $in;

    my ($asked, @bad, @raw, @large) = (0);

    for my $name (@names) {
        for my $location ('/card', '/details') {
            my $r = $n->card($o->url("/$name"), location => $location);
            $asked++;

            my @errors = $r->{code} == 200 && $r->json
                         ? $schema->errors($r->json) : "status $r->{code}";
            push @bad, map { "$location $name $_" } @errors;
            push @raw, "$location $name"
                if $r->{body} =~ /[<>&\x00-\x1f\x7f]|\xe2\x80[\xa8\xa9]/;
            push @large, "$name: " . length $r->{body}
                if $location eq '/card' && length $r->{body} > 16384;
        }
    }

    is_deeply([splice @bad, 0, 20], [], "$asked real cards are valid");
    is_deeply([splice @raw, 0, 20], [], 'no raw markup in them');
    is_deeply([splice @large, 0, 20], [], 'none is over 16 KB');
}

done_testing();
