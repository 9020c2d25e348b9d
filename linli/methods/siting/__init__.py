"""Where facilities go (设施选址): medians, coverage, centers, with a proof or at least a bound.

``read``      questions from OR-Library files, points, GeoJSON, tables
``instance``  what a question is made of; distances
``answer``    any question, answered and explained
``swap`` ``median`` ``branch`` ``cover`` ``everyone`` ``limits``  the methods; each names its source
``weights``   the compiled loop of set covering
"""
