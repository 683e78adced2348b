#!/usr/bin/perl

# What is no page: pictures, films, sounds, feeds, texts, files.

use lib 't/lib';
use UrlMeta::Test;

use Time::HiRes qw(time);

my $lamp = read_file('conf-examples/quickstart/demo/img/lamp.png');
my $webp = "RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\xaf\x04\0\x75\x02\0";
my $jpeg = "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
           . "\xff\xc0\0\x11\x08\x02\x76\x04\xb0\3";
my $gif = "GIF89a\x40\1\xf0\0\xf7\0\0";
my $more = "\0" x 1_000_000;

my $rss = <<'EOF';
<?xml version="1.0"?><rss version="2.0"><channel><title>The feed</title>
<description>What is in it</description><link>http://example.com/</link>
<image><url>/feed.png</url></image><item><title>One</title></item>
</channel></rss>
EOF

my $o = origin(
    '/lamp.png' => [200, 'image/png', $lamp],
    '/photo' => [200, 'application/octet-stream', $jpeg . $more],
    '/a%20photo.jpg' => [200, 'image/jpeg', $jpeg . $more],
    '/x.webp' => [200, 'image/webp', $webp . $more],
    '/x.gif' => [200, 'image/gif', $gif . $more],
    '/lie.png' => [200, 'image/png', '<html><title>no</title>'],
    '/slow.png' => [200, 'image/png', [$lamp], {hang => 1}],
    '/drawing.svg' => [200, 'image/svg+xml', '<svg xmlns="x"></svg>'],
    '/film.mp4' => [200, 'video/mp4', "\0\0\0\x20ftypisom$more"],
    '/song' => [200, ['Content-Type' => 'audio/mpeg',
                      'Content-Disposition' =>
                          'inline; filename="A song.mp3"'], "ID3$more"],
    '/paper.pdf' => [200, 'application/pdf',
                     "%PDF-1.4\n1 0 obj\n<</Producer(x)/Title(A paper)>>\n"
                     . "endobj\n"],
    '/plain.pdf' => [200, 'application/pdf', "%PDF-1.4\n$more"],
    '/feed' => [200, 'application/rss+xml', $rss],
    '/notes.txt' => [200, 'text/plain', '<title>no page</title>' . $more],
    '/data.zip' => [200, 'application/zip', "PK\3\4$more"],
    '/untyped' => [200, {}, '<!doctype html><title>Untyped</title>'],
);

my $n = nginx(<<"EOF");
    @{[allow($o)]}
    urlmeta_read_timeout 2s;

    location /card { urlmeta \$arg_url; }
EOF

my ($r, $card);

for (['/lamp.png', 'image/png', 600, 600], ['/photo', 'image/jpeg', 1200, 630],
     ['/a%20photo.jpg', 'image/jpeg', 1200, 630],
     ['/x.webp', 'image/webp', 1200, 630], ['/x.gif', 'image/gif', 320, 240])
{
    my ($path, $type, $width, $height) = @$_;
    $card = $n->card($o->url($path))->json;
    is($card->{type}, 'image', "$path: type");
    is($card->{layout}, 'large', "$path: layout");
    is_deeply($card->{image}, {url => $o->url($path), type => $type,
                               alt => undef, width => $width,
                               height => $height}, "$path: image");
    ok($card->{http}{bytes} < 100_000, "$path: is not downloaded")
        or diag($card->{http}{bytes});
    ok(!$card->{http}{truncated}, "$path: not truncated");
}

is($n->card($o->url('/a%20photo.jpg'))->json->{title}, 'a photo.jpg',
   'a title from the address');

my $start = time;
$r = $n->card($o->url('/slow.png'));
is($r->json->{image}{width}, 600, 'a picture that does not end');
ok(time - $start < 1.5, 'its beginning is enough');

$card = $n->card($o->url('/lie.png'))->json;
is($card->{type}, 'image', 'no picture at all: what its server says');
is($card->{image}{width}, undef, 'without a size');

$card = $n->card($o->url('/drawing.svg'))->json;
is($card->{type}, 'image', 'SVG');

$card = $n->card($o->url('/film.mp4'))->json;
is($card->{type}, 'video', 'a film');
is($card->{video}{url}, $o->url('/film.mp4'), 'its address');
is($card->{title}, 'film.mp4', 'its name');
ok($card->{http}{bytes} < 100_000, 'is not downloaded');

$card = $n->card($o->url('/song'))->json;
is($card->{type}, 'audio', 'a sound');
is($card->{audio}{url}, $o->url('/song'), 'its address');
is($card->{title}, 'A song.mp3', 'its name, by Content-Disposition');

$card = $n->card($o->url('/paper.pdf'))->json;
is($card->{type}, 'file', 'PDF');
is($card->{title}, 'A paper', 'its title');

$card = $n->card($o->url('/plain.pdf'))->json;
is($card->{title}, 'plain.pdf', 'or its name');
ok($card->{http}{bytes} < 200_000, 'is not downloaded')
    or diag($card->{http}{bytes});

$card = $n->card($o->url('/feed'))->json;
is($card->{title}, 'The feed', 'a feed: title');
is($card->{description}, 'What is in it', 'a feed: description');
is($card->{image}{url}, $o->url('/feed.png'), 'a feed: image');

for ('/notes.txt', '/data.zip') {
    $card = $n->card($o->url($_))->json;
    is($card->{type}, 'file', "$_: a file");
    is($card->{title}, substr($_, 1), "$_: its name");
    ok($card->{http}{bytes} < 100_000, "$_: is not downloaded");
}

is($n->card($o->url('/untyped'))->json->{title}, 'Untyped', 'no type at all');

done_testing();
