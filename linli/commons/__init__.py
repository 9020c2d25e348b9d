"""Nouns that all areas share: people, bodies (机构), places (区划), posts (职务), settings, statute texts."""
